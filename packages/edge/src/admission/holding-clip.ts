import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { CORS, send } from "../http/respond.ts";

/** Opus in Ogg: README.md of this package says how it was made. */
const CLIP = new URL("../../assets/full.ogg", import.meta.url);

/** Serves the spoken sentence for who has to wait; read once, when the edge starts. */
export function createHoldingClip(): (res: ServerResponse) => void {
  const bytes = readFileSync(CLIP);
  return (res) =>
    send(res, 200, bytes, {
      ...CORS,
      "content-type": "audio/ogg",
      "cache-control": "public, max-age=604800",
    });
}
