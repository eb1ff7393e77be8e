import type { EdgeLoad, SpaceId } from "@rostra/wire";
import type { NewcomerKind } from "./verdict.ts";

/**
 * Where an edge is reached from outside, seen from another one: absolute; "" for the address that
 * both share; undefined where nobody knows.
 */
export function baseOf(load: Pick<EdgeLoad, "url">, ownUrl: string | null): string | undefined {
  if (load.url === ownUrl) return ownUrl ?? "";
  return load.url ?? undefined;
}

export function livePath(id: SpaceId, kind: NewcomerKind): string {
  const isSocket = kind === "websocket" || kind === "events";
  return `/live/${id}${isSocket ? "" : `.${kind}`}`;
}

export function hlsPath(id: SpaceId): string {
  return `/live/${id}/index.m3u8`;
}

/** The query that goes with a newcomer: what was asked for, and how often it was sent on. */
export function queryWithHop(query: URLSearchParams, hop: number): string {
  const next = new URLSearchParams(query);
  next.set("hop", String(hop));
  return `?${next}`;
}
