import type { IncomingMessage, ServerResponse } from "node:http";
import { HOLDING_CLIP_PATH, isSpaceId } from "@rostra/wire";
import { CORS, refuse, send, sendRefusal } from "../http/respond.ts";
import type { SharedState } from "../space/shared-state.ts";
import type { Admission } from "./admission.ts";
import { createHoldingClip } from "./holding-clip.ts";

const LISTEN = /^\/api\/v1\/spaces\/([0-9a-z]{16})\/listen$/;
/** Every edge's answer is true for about a second; a cache in front takes the crowd's questions. */
const HEADERS = {
  ...CORS,
  "content-type": "application/json",
  "cache-control": "public, max-age=1",
} as const;

/**
 * Answers `GET /api/v1/spaces/{id}/listen` and the holding clip from memory: neither a store nor
 * control is asked, so both work while those are away.
 * @returns a handler that says whether the path was one of its own
 */
export function createWhereToListen(state: SharedState, admission: Admission) {
  const sendClip = createHoldingClip();
  return (req: IncomingMessage, res: ServerResponse, path: string): boolean => {
    const id = LISTEN.exec(path)?.[1];
    if (id === undefined && path !== HOLDING_CLIP_PATH) return false;
    if (req.method !== "GET" && req.method !== "HEAD") {
      sendRefusal(res, refuse("method-not-allowed", "use GET", { allow: "GET, HEAD", ...CORS }));
      return true;
    }
    if (id === undefined) {
      sendClip(res);
      return true;
    }
    const space = isSpaceId(id) ? state.space(id) : undefined;
    if (space === undefined) sendRefusal(res, refuse("not-found", "there is no such space", CORS));
    else send(res, 200, JSON.stringify(admission.listenAnswer(space)), HEADERS);
    return true;
  };
}
