import { newSpaceId } from "@rostra/wire";
import { expect, it } from "vitest";
import { parseLivePath } from "./live-routes.ts";

const id = newSpaceId();

it.each([
  [`/live/${id}`, { kind: "websocket", id }],
  [`/live/${id}.ogg`, { kind: "ogg", id }],
  [`/live/${id}.aac`, { kind: "aac", id }],
  [`/live/${id}/frames`, { kind: "frames", id }],
  [`/live/${id}/index.m3u8`, { kind: "hls", id, file: "index.m3u8" }],
  [`/live/${id}/s12.m4s`, { kind: "hls", id, file: "s12.m4s" }],
])("leads %s to where it belongs", (path, route) => {
  expect(parseLivePath(path)).toEqual(route);
});

it.each([
  "/live/",
  "/live/short",
  "/live/lllllllllllllllo",
  `/live/${id}/`,
  `/live/${id}.mp3`,
  `/live/${id}.ogg/more`,
  `/live/${id}/../x`,
  `/live/${id}/a/b`,
  `/live/${id}/%2e%2e`,
  `/live/${id}\n`,
])("leads %j nowhere", (path) => {
  expect(parseLivePath(path)).toBeUndefined();
});
