import { testMember, testSpace } from "@rostra/testkit";
import {
  newSpaceId,
  newUserId,
  type SpaceId,
  type SpaceSnapshot,
  type StageMember,
} from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { type BlockedPerson, NO_NOTES, withNotes, withSnapshot } from "../../src/roles/record.ts";
import type { Store, StoredSpace } from "../../src/store/store.ts";

const EPOCH_MS = 1_700_000_000_123;

function member(role: StageMember["role"], displayName: string): StageMember {
  return testMember(newUserId(), { displayName, role });
}

function person(displayName: string | null, atMs: number): BlockedPerson {
  return { id: newUserId(), displayName, atMs: EPOCH_MS + atMs };
}

function space(change: Partial<SpaceSnapshot> = {}): SpaceSnapshot {
  return testSpace({
    title: 'It\'s "quoted" \\ and $1; 👋',
    topics: ["a,b", '{"c"}', "NULL", "zwölf"],
    state: "backstage",
    epochMs: EPOCH_MS,
    record: true,
    members: [member("host", "Höst")],
    ...change,
  });
}

/** A space of which nothing is noted. */
function stored(snapshot: SpaceSnapshot, peakListeners = 0): StoredSpace {
  return { snapshot, notes: NO_NOTES, blockLists: new Map(), peakListeners };
}

/**
 * What every store does, whatever keeps the data.
 * @param open an empty store, or one that other tests have written to
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`the store in ${name}`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await open();
    });

    afterAll(async () => {
      await store.close();
    });

    async function added(change?: Partial<SpaceSnapshot>): Promise<SpaceSnapshot> {
      const made = space(change);
      await store.addSpace(made);
      return made;
    }

    it("gives back a space just as it was added", async () => {
      const plain = await added();
      const full = await added({
        topics: [],
        state: "ended",
        record: false,
        startsAtMs: EPOCH_MS + 1,
        liveAtMs: EPOCH_MS + 2,
        endedAtMs: EPOCH_MS + 3,
        secondStageName: "stage-2",
        term: 3,
        members: [member("host", "A"), member("cohost", "B"), member("speaker", "C")],
      });
      expect(await store.loadSpace(plain.id)).toEqual(stored(plain));
      expect(await store.loadSpace(full.id)).toEqual(stored(full));
    });

    it("knows nothing of an id that was never added", async () => {
      expect(await store.loadSpace(newSpaceId())).toBeUndefined();
      expect(await store.changeSpace(newSpaceId(), (same) => same)).toBeUndefined();
    });

    it("changes a space, members in their order included, and counts the revision up", async () => {
      const made = await added();
      const [host] = made.members;
      const members = [{ ...host!, muted: true }, member("speaker", "B"), member("cohost", "C")];
      const change = { title: "Other", topics: [], state: "live", liveAtMs: 5, members } as const;
      const changed = await store.changeSpace(made.id, (before) => {
        expect(before.snapshot).toEqual(made);
        return withSnapshot(before, change);
      });
      const expected = {
        ...made,
        revision: 2,
        title: "Other",
        topics: [],
        state: "live",
        liveAtMs: 5,
        members,
      };
      expect(changed?.snapshot).toEqual(expected);
      expect((await store.loadSpace(made.id))?.snapshot).toEqual(expected);
    });

    it("counts no revision where the rule gives the same back", async () => {
      const made = await added();
      expect(await store.changeSpace(made.id, (same) => same)).toEqual(stored(made));
      expect((await store.loadSpace(made.id))?.snapshot.revision).toBe(1);
    });

    it("changes nothing when the rule refuses, and goes on afterwards", async () => {
      const made = await added();
      const refused = store.changeSpace(made.id, () => {
        throw new Refusal("forbidden", "no");
      });
      await expect(refused).rejects.toBeInstanceOf(Refusal);
      expect((await store.loadSpace(made.id))?.snapshot).toEqual(made);
    });

    it("loses none of many changes at the same time", async () => {
      const [one, two] = [await added(), await added()];
      const join = (id: SpaceId, index: number) =>
        store.changeSpace(id, (before) => {
          const members = [...before.snapshot.members, member("speaker", `speaker ${index}`)];
          return withSnapshot(before, { members });
        });
      const changes = Array.from({ length: 12 }, (_, index) => [
        join(one.id, index),
        join(two.id, index),
        store.changeSpace(one.id, () => {
          throw new Refusal("conflict", "in between");
        }),
      ]).flat();
      const results = await Promise.allSettled(changes);
      expect(results.filter(({ status }) => status === "rejected")).toHaveLength(12);
      for (const { id } of [one, two]) {
        const stored = await store.loadSpace(id);
        expect(stored?.snapshot.revision).toBe(13);
        expect(stored?.snapshot.members).toHaveLength(13);
      }
      const revisions = results
        .flatMap((result) => (result.status === "fulfilled" ? [result.value!.snapshot] : []))
        .filter(({ id }) => id === one.id)
        .map(({ revision }) => revision);
      expect(new Set(revisions).size).toBe(12);
    });

    it("takes back the whole of a change that fails half-way", async () => {
      const made = await added();
      const members = [...made.members, member("host", "Usurper")];
      const twoHosts = store.changeSpace(made.id, (before) =>
        withSnapshot(before, { title: "Two hosts", members }),
      );
      await expect(twoHosts).rejects.toThrow();
      expect((await store.loadSpace(made.id))?.snapshot).toEqual(made);
      await expect(store.addSpace(made)).rejects.toThrow();
    });

    it("loads what has not ended, and what ended lately", async () => {
      const ids = {
        scheduled: (await added({ state: "scheduled", startsAtMs: EPOCH_MS })).id,
        live: (await added({ state: "live" })).id,
        lately: (await added({ state: "ended", endedAtMs: EPOCH_MS + 1_000 })).id,
        long: (await added({ state: "ended", endedAtMs: EPOCH_MS + 999 })).id,
      };
      // A clock has fractions of a millisecond; the store has none.
      const current = await store.loadCurrentSpaces(EPOCH_MS + 1_000.5);
      const found = new Map(current.map((stored) => [stored.snapshot.id, stored]));
      expect(found.has(ids.scheduled)).toBe(true);
      expect(found.has(ids.lately)).toBe(true);
      expect(found.has(ids.long)).toBe(false);
      expect(found.get(ids.live)).toEqual(await store.loadSpace(ids.live));
    });

    it("keeps what is noted of a space apart from what everybody is told", async () => {
      const made = await added();
      const [one, two] = [newUserId(), newUserId()];
      const notes = {
        hands: [{ id: one, displayName: 'Zoë "Z" \\ Lee', raisedAtMs: EPOCH_MS }],
        handsRevision: 3,
        sentBackstage: [two],
        lockedAway: [one, two],
        revoked: [{ id: two, atMs: EPOCH_MS, links: "cohost" }],
        linksFromMs: EPOCH_MS + 1,
        blocked: [{ id: two, displayName: null, atMs: EPOCH_MS }],
        hiddenNames: [{ id: newUserId(), displayName: "Rude", atMs: EPOCH_MS }],
        notice: { id: 4, text: "Back in five", atMs: EPOCH_MS, untilMs: EPOCH_MS + 1 },
      } as const;
      const noted = await store.changeSpace(made.id, (before) => withNotes(before, notes));
      expect(noted).toEqual({ ...stored(made), notes: { ...notes, revision: 1 } });
      const again = await store.changeSpace(made.id, (before) => withNotes(before, { hands: [] }));
      expect(again?.notes).toEqual({ ...notes, hands: [], revision: 2 });
      expect(again?.snapshot.revision).toBe(1);
      expect(await store.loadSpace(made.id)).toEqual(again);
      const current = await store.loadCurrentSpaces(EPOCH_MS);
      expect(current.find(({ snapshot }) => snapshot.id === made.id)).toEqual(again);
    });

    it("keeps people's own block lists, and reads the host's with a space", async () => {
      const made = await added();
      const host = made.members[0]!.id;
      const other = newUserId();
      const [ann, ben] = [person("Ann", 2), person(null, 1)];
      expect(await store.addBlock(host, ann, 9)).toBe(true);
      expect(await store.addBlock(host, ben, 9)).toBe(true);
      expect(await store.addBlock(host, { ...ben, displayName: "Later" }, 9)).toBe(true);
      expect(await store.addBlock(other, ann, 9)).toBe(true);
      expect(await store.loadBlocks(host)).toEqual([ben, ann]);
      expect((await store.loadSpace(made.id))?.blockLists).toEqual(
        new Map([[host, new Set([ann.id, ben.id])]]),
      );
      const both = await store.changeSpace(made.id, (same) => same, [other]);
      expect(both?.blockLists.get(other)).toEqual(new Set([ann.id]));
      await store.removeBlock(host, ann.id);
      await store.removeBlock(host, ann.id);
      expect(await store.loadBlocks(host)).toEqual([ben]);
      expect(await store.loadBlocks(newUserId())).toEqual([]);
    });

    it("holds as many people on a block list as it is told, and not one more", async () => {
      const owner = newUserId();
      const [first, ...others] = Array.from({ length: 6 }, (_, count) => person(null, count));
      const added = await Promise.all(others.map((each) => store.addBlock(owner, each, 3)));
      expect(added.filter((yes) => yes)).toHaveLength(3);
      expect(await store.addBlock(owner, first!, 3)).toBe(false);
      const [known] = await store.loadBlocks(owner);
      expect(await store.addBlock(owner, known!, 3)).toBe(true);
      await store.removeBlock(owner, known!.id);
      expect(await store.addBlock(owner, first!, 3)).toBe(true);
      expect(await store.loadBlocks(owner)).toHaveLength(3);
    });

    it("keeps what a rule says is written by it, with the revisions that it got", async () => {
      const made = await added();
      const said = { made: { "control-1@0": 3 }, last: { "control-1@0": 3 } };
      const titled = await store.changeSpace(made.id, (before) => ({
        ...withSnapshot(before, { title: "Landed" }),
        written: said,
      }));
      expect(titled!.written).toEqual({ ...said, snapshot: 2, notes: 0 });
      // Changes that say nothing of it leave it as it is.
      await store.changeSpace(made.id, (before) => withSnapshot(before, { title: "Later" }));
      const later = await store.loadSpace(made.id);
      expect([later!.snapshot.title, later!.written]).toEqual(["Later", titled!.written]);
      const more = { made: { ...said.made, "control-2@1": 1 }, last: { "control-2@1": 1 } };
      await store.changeSpace(made.id, (before) => ({ ...before, written: more }));
      const { snapshot, written } = (await store.loadSpace(made.id))!;
      expect([snapshot.revision, written]).toEqual([3, { ...more, snapshot: 3, notes: 0 }]);
    });

    it("keeps the first secret of a name, whoever comes after it", async () => {
      const name = newUserId();
      const all = await Promise.all(["a", "b", "c"].map((each) => store.keepSecret(name, each)));
      expect(new Set(all).size).toBe(1);
      expect(await store.keepSecret(name, "d")).toBe(all[0]);
      expect(await store.keepSecret(newUserId(), "e")).toBe("e");
    });

    it("raises peaks, never lowers them, and leaves the revision alone", async () => {
      const made = await added();
      await store.raisePeaks(new Map([[made.id, 1_000_000]]));
      await store.raisePeaks(new Map([[made.id, 7]]));
      await store.raisePeaks(new Map([[newSpaceId(), 7]]));
      expect(await store.loadSpace(made.id)).toEqual(stored(made, 1_000_000));
      const changed = await store.changeSpace(made.id, (before) =>
        withSnapshot(before, { title: "T" }),
      );
      expect(changed).toMatchObject({ peakListeners: 1_000_000, snapshot: { revision: 2 } });
    });
  });
}
