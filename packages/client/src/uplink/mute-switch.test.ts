import { VirtualClock } from "@rostra/testkit";
import { problem } from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { NetworkError, ProblemError } from "../errors.ts";
import { MuteSwitch } from "./mute-switch.ts";

let clock: VirtualClock;
let told: boolean[];
let answer: () => Promise<void>;
let mute: MuteSwitch;
/** Muted and pending, as they were shown. */
let shown: [boolean, boolean][];

const yes = async () => {};
const away = async () => {
  throw new NetworkError("unreachable", "away");
};

beforeEach(() => {
  clock = new VirtualClock(0);
  told = [];
  shown = [];
  answer = yes;
  mute = new MuteSwitch({
    clock,
    muted: true,
    tell: (muted) => {
      told.push(muted);
      return answer();
    },
    changed: (muted, pending) => shown.push([muted, pending]),
  });
});

describe("MuteSwitch", () => {
  it("unmutes only when the server has agreed", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = () => promise;
    const done = mute.set(false);
    expect(mute.muted).toBe(true);
    resolve();
    await done;
    expect(mute.muted).toBe(false);
    expect(shown).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it("stays muted where the server refuses", async () => {
    answer = async () => {
      throw new ProblemError(problem("forbidden", "a host muted you"));
    };
    await expect(mute.set(false)).rejects.toMatchObject({ code: "forbidden" });
    expect(shown.at(-1)).toEqual([true, false]);
  });

  it("mutes at once, and tells the server until it knows", async () => {
    await mute.set(false);
    answer = away;
    const muting = mute.set(true);
    expect(mute.muted).toBe(true);
    await muting;
    await clock.advanceSettling(4_100, 100);
    answer = yes;
    await clock.advanceSettling(2_000, 100);
    expect(told).toEqual([false, true, true, true, true]);
    expect(shown.at(-1)).toEqual([true, false]);
  });

  it("holds a host's muting", async () => {
    await mute.set(false);
    clock.advance(5_000);
    mute.onServer(true);
    expect(mute.muted).toBe(true);
  });

  it("is never unmuted by the server", () => {
    mute.onServer(false);
    expect(mute.muted).toBe(true);
    expect(shown).toEqual([]);
  });

  it("isn't muted by news that is older than its own unmuting", async () => {
    await mute.set(false);
    mute.onServer(true);
    clock.advance(100);
    mute.onServer(false);
    clock.advance(5_000);
    expect(mute.muted).toBe(false);
  });

  it("holds a muting that came right after its own unmuting, if a little later", async () => {
    await mute.set(false);
    mute.onServer(true);
    clock.advance(2_000);
    expect(mute.muted).toBe(true);
  });

  it("follows the last of several wishes", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = () => promise;
    const unmuting = mute.set(false);
    answer = yes;
    await mute.set(true);
    resolve();
    await unmuting;
    expect(mute.muted).toBe(true);
    expect(shown.at(-1)).toEqual([true, false]);
  });
});
