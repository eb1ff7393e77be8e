import { decodeChunks, type ProgramFrame } from "@rostra/wire";

/** Loaded when an edge left something out for this listener, which most never see. */

const TIMEOUT_MS = 4_000;

/**
 * @param url `/live/{id}/frames` with its query
 * @returns none where the edge holds none
 */
export async function fetchFrames(url: string): Promise<readonly ProgramFrame[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) return [];
  return decodeChunks(new Uint8Array(await response.arrayBuffer()));
}
