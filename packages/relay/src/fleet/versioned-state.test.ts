import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Digest, type Entry, isSameDigest, VersionedState } from "./versioned-state.ts";

function newState(author: string) {
  const seen = new Map<string, unknown>();
  const state = new VersionedState(author, (key, value) => {
    if (value === undefined) seen.delete(key);
    else seen.set(key, value);
  });
  return { state, seen };
}

const put = fc.record({
  author: fc.constantFrom("a", "b", "c"),
  key: fc.constantFrom("k1", "k2", "k3", "k4"),
  value: fc.option(fc.integer(), { nil: undefined }),
  nowMs: fc.integer({ min: 1_000, max: 1_010 }),
});

describe("the fleet's shared state", () => {
  it("is the same everywhere once all have heard all, in any order and however often", () => {
    fc.assert(
      fc.property(fc.array(put, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (puts, random) => {
        const writers = new Map(["a", "b", "c"].map((name) => [name, newState(name)]));
        const entries = puts.map(({ author, key, value, nowMs }) =>
          writers.get(author)!.state.put(key, value, false, nowMs),
        );
        const shuffled = () =>
          [...entries, ...entries]
            .map((entry) => ({ entry, at: random.next().value }))
            .sort((x, y) => x.at - y.at)
            .map(({ entry }) => entry);
        const copies = [newState("d"), newState("e")];
        for (const { state } of copies) for (const entry of shuffled()) state.take(entry);
        for (const { state } of writers.values()) for (const entry of entries) state.take(entry);
        const all = [...copies, ...writers.values()].map(({ seen }) => [...seen].sort());
        for (const each of all) expect(each).toEqual(all[0]);
        for (const author of ["a", "b", "c"]) {
          const digests = [...copies, ...writers.values()].map((it) => it.state.digest(author));
          for (const digest of digests) expect(digest).toEqual(digests[0]);
        }
      }),
    );
  });

  it("shows by its digest whether anything of an author's is missing, and mends it", () => {
    fc.assert(
      fc.property(
        fc.array(put, { maxLength: 20 }),
        fc.array(fc.boolean(), { maxLength: 20 }),
        (puts, lost) => {
          const writer = newState("a");
          const copy = newState("b");
          puts.forEach(({ key, value, nowMs }, index) => {
            const entry = writer.state.put(key, value, false, nowMs);
            if (lost[index] !== true) copy.state.take(entry);
          });
          const same = () =>
            JSON.stringify(writer.state.digest("a")) === JSON.stringify(copy.state.digest("a"));
          expect(same()).toBe(
            JSON.stringify([...writer.state.all()].sort(byKey)) ===
              JSON.stringify([...copy.state.all()].sort(byKey)),
          );
          const upTo = writer.state.lastAt;
          const entries = writer.state.allPut();
          copy.state.takeAllOf({ author: "a", upTo, from: "", to: null, entries });
          expect(same()).toBe(true);
          expect([...copy.seen].sort()).toEqual([...writer.seen].sort());
        },
      ),
    );
  });

  it("tells states apart whose plain sums are the same, where both sides know how", () => {
    const at = (key: string, ms: number): Entry => ({ key, value: 0, at: ms, author: "a" });
    const [one, two] = [newState("b").state, newState("b").state];
    for (const entry of [at("k4", 1_000), at("k2", 1_001)]) one.take(entry);
    for (const entry of [at("k4", 1_001), at("k2", 1_000)]) two.take(entry);
    const plain = ({ count, hash }: Digest): Digest => ({ count, hash });
    expect(plain(one.digest("a"))).toEqual(plain(two.digest("a")));
    expect(isSameDigest(one.digest("a"), two.digest("a"))).toBe(false);
    expect(isSameDigest(one.digest("a"), plain(one.digest("a")))).toBe(true);
  });

  it("lets a writer whose clock is behind win over what it has read", () => {
    const { state } = newState("late");
    state.take({ key: "k", value: 1, at: 5_000, author: "early" });
    expect(state.put("k", 2, false, 10).at).toBeGreaterThan(5_000);
    expect(state.all()).toMatchObject([{ value: 2 }]);
  });

  it("takes no older value for a key that was removed", () => {
    const { state, seen } = newState("b");
    state.take({ key: "k", at: 20, author: "a" });
    expect(state.take({ key: "k", value: 1, at: 10, author: "a" })).toBe(false);
    expect(seen.size).toBe(0);
  });

  it("lets ephemeral keys go with their author, and takes them again when it speaks", () => {
    const { state, seen } = newState("b");
    const service: Entry = { key: "s", value: 1, at: 10, author: "a", ephemeral: true };
    state.take(service);
    state.take({ key: "space", value: 1, at: 11, author: "a" });
    state.lapse("a");
    expect([...seen.keys()]).toEqual(["space"]);
    // Somebody who hasn't noticed yet may still tell it.
    expect(state.take(service)).toBe(false);
    state.returned("a");
    expect(state.take(service)).toBe(true);
  });

  it("takes no key for removed that another author has set since, however much was lost", () => {
    fc.assert(
      fc.property(
        fc.array(put, { maxLength: 20 }),
        fc.array(fc.boolean(), { maxLength: 20 }),
        (puts, lost) => {
          const writers = new Map(["a", "b", "c"].map((name) => [name, newState(name)]));
          const copy = newState("d");
          puts.forEach(({ author, key, value, nowMs }, index) => {
            const entry = writers.get(author)!.state.put(key, value, false, nowMs);
            for (const { state } of writers.values()) state.take(entry);
            if (lost[index] !== true) copy.state.take(entry);
          });
          const { state, seen } = writers.get("a")!;
          const before = new Set(copy.seen.keys());
          const [upTo, entries] = [state.lastAt, state.allPut()];
          copy.state.takeAllOf({ author: "a", upTo, from: "", to: null, entries });
          for (const key of before) if (seen.has(key)) expect(copy.seen.has(key)).toBe(true);
        },
      ),
    );
  });

  it("removes only what lies within the part that it was told", () => {
    const { state, seen } = newState("b");
    for (const key of ["a", "m", "z"]) state.take({ key, value: key, at: 5, author: "w" });
    state.takeAllOf({ author: "w", upTo: 9, from: "k", to: "q", entries: [] });
    expect([...seen.keys()]).toEqual(["a", "z"]);
  });
});

function byKey(a: Entry, b: Entry): number {
  return a.key < b.key ? -1 : 1;
}
