import { testMember, testSpace } from "@rostra/testkit";
import { newUserId, type Unsaved } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { muteAll } from "./microphones.ts";
import { memberOf, NO_NOTES, type SpaceRecord, withSnapshot } from "./record.ts";
import { leaveStage } from "./stage.ts";
import { merged, saysMore, takenAway, withUnsaved } from "./unsaved.ts";

const IDS = Array.from({ length: 5 }, newUserId);
const HOST = IDS[0]!;
const record: SpaceRecord = {
  snapshot: testSpace({
    members: IDS.map((id, at) => testMember(id, { role: at === 0 ? "host" : "speaker" })),
  }),
  notes: NO_NOTES,
  blockLists: new Map(),
};

const some = fc.uniqueArray(fc.constantFrom(...IDS));
const unsaved: fc.Arbitrary<Unsaved> = fc.record({
  revision: fc.nat(100),
  muted: some,
  locked: some,
  removed: fc.uniqueArray(
    fc.record({ id: fc.constantFrom(...IDS), atMs: fc.integer({ min: 1, max: 9 }) }),
    { selector: ({ id }) => id },
  ),
});

describe("what was taken away without the store", () => {
  it("is read off what a rule did, and done again by itself", () => {
    const muted = muteAll(record, HOST, [IDS[1]!]);
    const removed = leaveStage(muted, HOST, IDS[2]!, 1_000);
    const taken = takenAway(record, removed, 1_000)!;
    expect(taken.muted).toEqual([IDS[3], IDS[4]]);
    expect(taken.removed).toEqual([{ id: IDS[2], atMs: 1_000 }]);
    const again = withUnsaved(record, taken);
    expect(again.snapshot.members).toEqual(removed.snapshot.members);
    expect(again.notes.revoked).toEqual(removed.notes.revoked);
    expect(takenAway(record, record, 1_000)).toBeUndefined();
  });

  it("never gives anybody anything, and leaves the host on stage", () => {
    fc.assert(
      fc.property(unsaved, (taken) => {
        const after = withUnsaved(record, taken);
        for (const { id, muted, micLocked } of after.snapshot.members) {
          const before = memberOf(record, id)!;
          expect(muted || !before.muted).toBe(true);
          expect(micLocked || !before.micLocked).toBe(true);
        }
        expect(memberOf(after, HOST)).toBeDefined();
        expect(withUnsaved(after, taken)).toBe(after);
      }),
    );
  });

  it("adds up to the same in whatever order controls hear of it, and however often", () => {
    fc.assert(
      fc.property(unsaved, unsaved, unsaved, (a, b, c) => {
        const one = merged(merged(a, b), c);
        const two = merged(merged(c, a), merged(b, a));
        expect(two).toEqual(one);
        expect(saysMore(one, two) || saysMore(two, one)).toBe(false);
        expect(saysMore(a, one)).toBe(false);
      }),
    );
  });

  it("changes nothing in a space that has ended meanwhile", () => {
    const ended = withSnapshot(record, { state: "ended" });
    const taken = { revision: 1, muted: IDS, locked: [], removed: [] };
    expect(withUnsaved(ended, taken)).toBe(ended);
  });
});
