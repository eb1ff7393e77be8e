import {
  DEFAULT_SETTINGS,
  newUserId,
  SPACE_STATES,
  type SpaceSnapshot,
  type UserId,
} from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../errors.ts";
import { joinStage, leaveStage, setMuted } from "../stage-members/roster.ts";
import { endSpace, goLive, openBackstage } from "./lifecycle.ts";
import { editSpace, newSpace } from "./space-draft.ts";

const NOW_MS = 1_700_000_000_000;

// More people than a stage holds, so that it gets full and people come back.
const PEOPLE = Array.from({ length: DEFAULT_SETTINGS.stageLimit + 4 }, () => newUserId());
const HOST = PEOPLE[0]!;

type Act = (space: SpaceSnapshot, nowMs: number) => SpaceSnapshot;

/** One action, and who does it to whom. */
interface Step {
  readonly actor: UserId;
  readonly target: UserId;
  readonly kind: string;
  readonly act: Act;
}

const person = fc.constantFrom(...PEOPLE);

const step: fc.Arbitrary<Step> = fc
  .record({
    actor: fc.oneof({ weight: 2, arbitrary: fc.constant(HOST) }, { weight: 3, arbitrary: person }),
    target: person,
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("invite-speaker", "invite-cohost") },
      { weight: 4, arbitrary: fc.constantFrom("mute", "unmute", "leave") },
      { weight: 2, arbitrary: fc.constantFrom("backstage", "live", "edit") },
      { weight: 1, arbitrary: fc.constant("end") },
    ),
  })
  .map(({ actor, target, kind }) => {
    const guest = { id: actor, displayName: "Somebody" };
    const acts: { readonly [kind: string]: Act } = {
      "invite-speaker": (space) => joinStage(space, guest, "speaker"),
      "invite-cohost": (space) => joinStage(space, guest, "cohost"),
      mute: (space) => setMuted(space, actor, target, true),
      unmute: (space) => setMuted(space, actor, target, false),
      leave: (space) => leaveStage(space, actor, target),
      backstage: (space) => openBackstage(space, actor),
      live: (space, nowMs) => goLive(space, actor, nowMs),
      edit: (space) => editSpace(space, actor, { title: "Another title" }),
      end: (space, nowMs) => endSpace(space, actor, nowMs),
    };
    return { actor, target, kind, act: acts[kind]! };
  });

function begin(startsAt?: string): SpaceSnapshot {
  const host = { id: HOST, displayName: "Host" };
  return newSpace({ title: "T", ...(startsAt && { startsAt }) }, host, "stage-1", NOW_MS);
}

/** The space after the step, or the very same object where the step is refused. */
function attempt(space: SpaceSnapshot, { act }: Step, nowMs: number): SpaceSnapshot {
  try {
    return act(space, nowMs);
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).message).not.toContain("\n");
    return space;
  }
}

function expectInvariants(space: SpaceSnapshot): void {
  expect(space.members.filter(({ role }) => role === "host").map(({ id }) => id)).toEqual([HOST]);
  expect(space.members.length).toBeLessThanOrEqual(DEFAULT_SETTINGS.stageLimit);
  expect(new Set(space.members.map(({ id }) => id)).size).toBe(space.members.length);
  if (space.state === "live") expect(space.liveAtMs).not.toBeNull();
  if (space.state === "scheduled" || space.state === "backstage") expect(space.liveAtMs).toBeNull();
  expect(space.endedAtMs !== null).toBe(space.state === "ended");
}

function expectAllowed(before: SpaceSnapshot, after: SpaceSnapshot, { actor, kind }: Step): void {
  const rank = (space: SpaceSnapshot) => SPACE_STATES.indexOf(space.state);
  expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
  expect([after.id, after.epochMs, after.stageName]).toEqual([
    before.id,
    before.epochMs,
    before.stageName,
  ]);
  if (before.state === "ended") expect(after).toBe(before);
  const roleOf = (id: UserId) => before.members.find((member) => member.id === id)?.role;
  const moderates = roleOf(actor) === "host" || roleOf(actor) === "cohost";
  if (after.state === "ended" && before.state !== "ended") expect(actor).toBe(HOST);
  if (after.state === "live" && before.state !== "live") expect(moderates).toBe(true);
  for (const was of before.members) {
    const is = after.members.find(({ id }) => id === was.id);
    if (is === undefined) expect(was.id === actor || moderates).toBe(true);
    if (is !== undefined && is.muted !== was.muted) {
      expect(kind).toBe(is.muted ? "mute" : "unmute");
      expect(was.id === actor || (moderates && is.muted)).toBe(true);
    }
  }
}

describe("a space", () => {
  it("keeps its promises through any sequence of actions by anybody", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (scheduled, steps) => {
        let nowMs = NOW_MS;
        let space = begin(scheduled ? new Date(NOW_MS + 60_000).toISOString() : undefined);
        for (const each of steps) {
          nowMs += 1_000;
          const after = attempt(space, each, nowMs);
          expectInvariants(after);
          expectAllowed(space, after, each);
          space = after;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("does nothing the second time the same is asked of it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), step, (steps, last) => {
        const space = steps.reduce((is, each) => attempt(is, each, NOW_MS), begin());
        const once = attempt(space, last, NOW_MS);
        expect(attempt(once, last, NOW_MS + 5_000)).toBe(once);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a new space", () => {
  it("opens backstage at once, with its host on stage and its frame numbers beginning now", () => {
    expect(begin()).toMatchObject({
      revision: 1,
      state: "backstage",
      epochMs: NOW_MS,
      startsAtMs: null,
      members: [{ id: HOST, role: "host", muted: false }],
    });
  });

  it("is scheduled where a start is given", () => {
    const startsAt = "2023-12-01T18:00:00+01:00";
    expect(begin(startsAt)).toMatchObject({
      state: "scheduled",
      startsAtMs: Date.UTC(2023, 11, 1, 17),
    });
  });

  it.each(["2023-11-14T22:13:20.000Z", "2020-01-01T00:00:00Z", "2024-12-31T00:00:00Z"])(
    "does not start in the past, now, or after more than a year: %s",
    (startsAt) => {
      expect(() => begin(startsAt)).toThrow("startsAt: must be a time within the year ahead");
    },
  );
});

describe("the life of a space", () => {
  it("says why it can't go back from live to backstage", () => {
    const live = goLive(begin(), HOST, NOW_MS);
    expect(() => openBackstage(live, HOST)).toThrow("on air already");
  });

  it("remembers when it went live and when it ended, the first time only", () => {
    const live = goLive(begin(), HOST, NOW_MS + 10.7);
    expect(goLive(live, HOST, NOW_MS + 99)).toBe(live);
    const ended = endSpace(live, HOST, NOW_MS + 20);
    expect(endSpace(ended, HOST, NOW_MS + 99)).toBe(ended);
    expect(ended).toMatchObject({ liveAtMs: NOW_MS + 10, endedAtMs: NOW_MS + 20 });
  });

  it("lets a cohost go live but not end", () => {
    const cohost = { id: PEOPLE[1]!, displayName: "Co" };
    const space = joinStage(begin(), cohost, "cohost");
    expect(goLive(space, cohost.id, NOW_MS).state).toBe("live");
    expect(() => endSpace(space, cohost.id, NOW_MS)).toThrow("only the host can end the space");
  });

  it("keeps an edit that changes nothing from counting as a change", () => {
    const space = begin();
    expect(editSpace(space, HOST, { title: "T", topics: [] })).toBe(space);
    expect(editSpace(space, HOST, { topics: ["x"] }).topics).toEqual(["x"]);
  });
});
