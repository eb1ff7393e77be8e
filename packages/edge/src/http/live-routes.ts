import { isSpaceId, type SpaceId } from "@rostra/wire";

/** What a path under /live asks for. */
export type LiveRoute =
  | { readonly kind: "websocket" | "ogg" | "aac" | "frames" | "people"; readonly id: SpaceId }
  /** `file` is the name as it stands in the path. */
  | { readonly kind: "hls"; readonly id: SpaceId; readonly file: string };

const PATTERN = /^\/live\/([0-9a-z]{16})(?:\.(ogg|aac)|\/([A-Za-z0-9._-]{1,40}))?$/;

/** @returns undefined for a path that leads nowhere */
export function parseLivePath(path: string): LiveRoute | undefined {
  const match = PATTERN.exec(path);
  const id = match?.[1];
  if (!isSpaceId(id)) return undefined;
  const [stream, file] = [match?.[2], match?.[3]];
  if (stream === "ogg" || stream === "aac") return { kind: stream, id };
  if (file === undefined) return { kind: "websocket", id };
  if (file === "frames" || file === "people") return { kind: file, id };
  return { kind: "hls", id, file };
}
