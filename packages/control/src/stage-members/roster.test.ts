import { DEFAULT_SETTINGS, newUserId, type SpaceSnapshot, type UserId } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { newSpace } from "../spaces/space-draft.ts";
import { joinStage, leaveStage, setMuted } from "./roster.ts";

const HOST = newUserId();
const ANN = newUserId();
const BEN = newUserId();

function spaceWith(roles: { readonly [id: UserId]: "cohost" | "speaker" }): SpaceSnapshot {
  const host = { id: HOST, displayName: "Host" };
  return Object.entries(roles).reduce(
    (space, [id, role]) => joinStage(space, { id: id as UserId, displayName: "x" }, role),
    newSpace({ title: "T" }, host, "stage-1", 0),
  );
}

function mutedIn(space: SpaceSnapshot, id: UserId): boolean | undefined {
  return space.members.find((member) => member.id === id)?.muted;
}

describe("the stage", () => {
  it("takes as many people as it holds, and then says so", () => {
    let space = spaceWith({});
    for (let seat = 1; seat < DEFAULT_SETTINGS.stageLimit; seat += 1) {
      space = joinStage(space, { id: newUserId(), displayName: "x" }, "speaker");
    }
    expect(() => joinStage(space, { id: ANN, displayName: "Ann" }, "speaker")).toThrow(
      "the stage is full (13 people)",
    );
  });

  it("makes a speaker cohost by a second invitation, and takes no role away by one", () => {
    const ann = { id: ANN, displayName: "Ann" };
    const speaker = spaceWith({ [ANN]: "speaker" });
    const cohost = joinStage(speaker, ann, "cohost");
    expect(cohost.members.at(-1)).toMatchObject({ id: ANN, role: "cohost" });
    expect(joinStage(cohost, ann, "speaker")).toBe(cohost);
    const host = { id: HOST, displayName: "Host" };
    expect(joinStage(cohost, host, "speaker")).toBe(cohost);
  });

  it("keeps somebody muted who steps on stage again without having left", () => {
    const muted = setMuted(spaceWith({ [ANN]: "speaker" }), HOST, ANN, true);
    expect(joinStage(muted, { id: ANN, displayName: "Ann" }, "speaker")).toBe(muted);
    const promoted = joinStage(muted, { id: ANN, displayName: "Ann" }, "cohost");
    expect(mutedIn(promoted, ANN)).toBe(true);
  });

  it("lets people mute and unmute themselves", () => {
    const muted = setMuted(spaceWith({ [ANN]: "speaker" }), ANN, ANN, true);
    expect(mutedIn(muted, ANN)).toBe(true);
    expect(mutedIn(setMuted(muted, ANN, ANN, false), ANN)).toBe(false);
  });

  it("lets cohosts mute others, the host included, and nobody unmute others", () => {
    const space = spaceWith({ [ANN]: "cohost", [BEN]: "speaker" });
    const muted = setMuted(setMuted(space, ANN, BEN, true), ANN, HOST, true);
    expect([mutedIn(muted, BEN), mutedIn(muted, HOST)]).toEqual([true, true]);
    expect(() => setMuted(muted, HOST, BEN, false)).toThrow("nobody is unmuted by others");
    expect(() => setMuted(muted, BEN, ANN, true)).toThrow("only the host and cohosts");
  });

  it("is left by whoever wants to, but not by the host", () => {
    const space = spaceWith({ [ANN]: "cohost", [BEN]: "speaker" });
    expect(leaveStage(space, BEN, BEN).members).toHaveLength(2);
    expect(leaveStage(space, ANN, BEN).members).toHaveLength(2);
    expect(() => leaveStage(space, HOST, HOST)).toThrow("the host can't leave the stage");
    expect(() => leaveStage(space, ANN, HOST)).toThrow("the host can't be removed");
    expect(() => leaveStage(space, BEN, ANN)).toThrow("only the host and cohosts");
  });

  it("tells those who aren't on it from those who don't exist", () => {
    const space = spaceWith({});
    expect(() => setMuted(space, ANN, ANN, false)).toThrow("you are not on stage");
    expect(() => setMuted(space, HOST, ANN, true)).toThrow("nobody with that id is on stage");
  });
});
