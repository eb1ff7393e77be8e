import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Beginning, type Kind, RoleMachine, type Step } from "../../test/role-machine.ts";
import { beginning, checkSpace, must, step } from "../../test/role-stories.ts";
import {
  type Ahead,
  changedBy,
  counted,
  fromShared,
  joined,
  type Landing,
  landed,
  leaveStore,
  toShared,
  type Written,
} from "./ahead.ts";
import { settle } from "./charge.ts";
import { memberOf, type SpaceRecord } from "./record.ts";

// Two controls that couldn't hear one another have both changed a space that the store lost sight of.

// Lists of one's own are the store's; the rest happens to one control's world, not to the record.
const elsewhere: readonly Kind[] = ["ownBlock", "ownUnblock", "restart", "stageGoes", "stageComes"];
const some = fc.array(
  step.filter(({ kind }) => !elsewhere.includes(kind)),
  { minLength: 2, maxLength: 12 },
);

/** Carries a story on, from where it stands, as a control does without its store. */
function carriedOn(name: string, begin: Beginning, from: Ahead, story: readonly Step[]): Ahead {
  const machine = new RoleMachine(begin);
  machine.record = from.record;
  let ahead = from;
  for (const each of story) {
    machine.take(each);
    const record = counted(ahead.record, machine.record);
    machine.record = record;
    if (record !== ahead.record) {
      ahead = changedBy(name, ahead, record, (ahead.made[name] ?? 0) + 1);
    }
  }
  return ahead;
}

const stories = fc.tuple(beginning, some, some, some);

function forked([begin, before, one, other]: [Beginning, Step[], Step[], Step[]]) {
  const machine = new RoleMachine(begin);
  const common = carriedOn("x", begin, leaveStore(machine.record), before);
  const stored = { ...leaveStore(common.record), made: {} };
  return {
    machine,
    common: stored,
    a: carriedOn("a", begin, stored, one),
    b: carriedOn("b", begin, stored, other),
  };
}

/** As a store keeps what lands in it. */
function kept(stored: SpaceRecord & { written?: Written }, landing: Landing) {
  const { snapshot, notes, blockLists } = counted(stored, landing);
  if (landing.written === undefined) return { snapshot, notes, blockLists };
  const revisions = { snapshot: snapshot.revision, notes: notes.revision };
  return { snapshot, notes, blockLists, written: { ...landing.written, ...revisions } };
}

/** Whoever was muted in either, and is on stage, is muted; and the rules hold. */
function checkRestricted(machine: RoleMachine, record: SpaceRecord, ...from: SpaceRecord[]): void {
  for (const { id, muted, micLocked, role } of record.snapshot.members) {
    const was = from.flatMap((each) => memberOf(each, id) ?? []);
    must(muted || !was.some((member) => member.muted), "muted in either is muted");
    const locked = was.some((member) => member.micLocked);
    must(micLocked || role === "host" || !locked, "locked in either is locked");
  }
  machine.record = record;
  const present = { present: new Set<never>(), certain: false };
  const settled = settle(record, machine.clock.nowMs(), () => present);
  checkSpace(settled, machine);
}

describe("a space that two controls changed beside each other", () => {
  it("is the same for both, opens no microphone, and keeps the promises of its roles", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { machine, a, b } = forked(story);
        const both = joined(a, b);
        expect(joined(b, a)).toEqual(both);
        expect(joined(both, a)).toBe(both);
        if (both !== a && both !== b) {
          const { revision } = both.record.snapshot;
          const revisions = [a, b].map(({ record }) => record.snapshot.revision);
          must(
            revisions.every((each) => revision > each),
            "shown to all who have seen either",
          );
        }
        if (both.record.snapshot.state !== "ended") {
          const from = both === a || both === b ? [both.record] : [a.record, b.record];
          checkRestricted(machine, both.record, ...from);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("lands in the store as it is, or with all that was taken away there meanwhile", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { machine, common, a, b } = forked(story);
        expect(landed(common.record, a).snapshot).toEqual(a.record.snapshot);
        const written = landed(b.record, a);
        const isOver = written.snapshot.state === "ended";
        if (!isOver && b !== common) checkRestricted(machine, written, a.record, b.record);
        // Written twice, by two who both thought that they had to: nothing is left to be done.
        const stored = kept(b.record, written);
        expect(landed(stored, a)).toBe(stored);
        expect(landed(stored, a, true)).toBe(stored);
      }),
      { numRuns: 300 },
    );
  });

  it("lands as it is where the store has changed by a part of it alone, and where it went on by nothing else", () => {
    fc.assert(
      fc.property(stories, some, ([begin, before, one, two], more) => {
        const left = leaveStore(new RoleMachine(begin).record);
        const part = carriedOn("a", begin, left, before);
        const whole = carriedOn("a", begin, carriedOn("b", begin, part, one), two);
        const stored = kept(left.record, landed(left.record, part));
        const revision = expect.any(Number);
        const asMade = { ...whole.record.snapshot, revision };
        expect(landed(stored, whole, true).snapshot).toEqual(asMade);
        const further = kept(stored, landed(stored, whole, true));
        for (const old of [part, whole]) expect(landed(further, old, true)).toBe(further);
        // Another outage, with changes that are counted anew.
        const next = carriedOn("c", begin, leaveStore(further), more);
        const last = kept(further, landed(further, next));
        for (const old of [part, whole, next]) expect(landed(last, old, true)).toBe(last);
      }),
      { numRuns: 100 },
    );
  });

  it("is overtaken by a store that went on, when a control comes late with it: only what was taken away holds", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { machine, common, a, b } = forked(story);
        if (b.record === common.record || a.record === common.record) return;
        const written = landed(b.record, a, true);
        const { title, settings, state } = b.record.snapshot;
        expect(written.snapshot).toMatchObject({ title, settings, state });
        if (state !== "ended") checkRestricted(machine, written, b.record);
        for (const { id, muted } of written.snapshot.members) {
          const wasMuted = memberOf(a.record, id)?.muted === true;
          must(muted || !wasMuted || state === "ended", "muted in the old one is muted");
        }
      }),
      { numRuns: 200 },
    );
  });

  it("comes through the relay as it was", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { a } = forked(story);
        expect(fromShared(JSON.parse(JSON.stringify(toShared(a))))).toEqual(a);
      }),
      { numRuns: 50 },
    );
    for (const wrong of [null, 1, {}, { snapshot: {}, notes: {} }]) {
      expect(fromShared(wrong)).toBeUndefined();
    }
  });
});
