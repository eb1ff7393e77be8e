import { testMember, testSpace } from "@rostra/testkit";
import { newUserId, type SpaceSnapshot, type StageRole } from "@rostra/wire";
import { expect, test } from "vitest";
import type { RoomView } from "./room.ts";
import { stageNotice } from "./stage-notice.ts";

const ME = newUserId();
const AWAY = "The host will be right back.";
const LIVE: RoomView = { phase: "live", lamp: { kind: "live", word: "Live" }, notice: AWAY };
const BACKSTAGE: RoomView = {
  phase: "backstage",
  lamp: { kind: "backstage", word: "Backstage" },
  notice: "Not on air yet. It begins by itself.",
};

function words(role: StageRole, room: RoomView, change: Partial<SpaceSnapshot> = {}): string {
  const members = [testMember(ME, { role })];
  return stageNotice(testSpace({ state: room.phase as "live", members, ...change }), room, ME);
}

test("who may go live is told to, and others that it isn't on yet", () => {
  expect(words("host", BACKSTAGE)).toMatch(/until you go live/);
  expect(words("cohost", BACKSTAGE)).toMatch(/until you go live/);
  expect(words("speaker", BACKSTAGE)).toMatch(/^Not on air yet/);
  expect(words("speaker", BACKSTAGE)).not.toMatch(/you go live/);
  expect(words("host", BACKSTAGE, { airsAtMs: 1 })).toMatch(/countdown/);
});

test("the host isn't told that the host will be right back, and others are", () => {
  expect(words("host", LIVE)).toMatch(/holding sound/);
  expect(words("speaker", LIVE)).toBe(AWAY);
  expect(words("speaker", BACKSTAGE, { endsAtMs: 1 })).toBe(BACKSTAGE.notice);
  expect(words("host", { ...LIVE, notice: "" })).toBe("");
});

test("who stands in for the host is told so, and a lost connection stays the first news", () => {
  expect(words("cohost", LIVE, { inCharge: ME })).toMatch(/in charge/);
  const lost: RoomView = { ...BACKSTAGE, lamp: { kind: "waiting", word: "Reconnecting" } };
  expect(words("host", lost)).toBe(lost.notice);
});
