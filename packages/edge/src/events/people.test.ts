import { isEdgePeople, newSpaceId, newUserId, type PresentPerson } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markOf, mergeSamples, PeopleHere, readMarks } from "./people.ts";

const SPACE = newSpaceId();

function people(count: number): PresentPerson[] {
  return Array.from({ length: count }, (_, at) => ({ id: newUserId(), displayName: `P${at}` }));
}

function here(list: readonly PresentPerson[]): PeopleHere {
  const all = new PeopleHere(SPACE);
  for (const person of list) all.add(person);
  return all;
}

describe("people who said their names", () => {
  it("are counted once for all their tabs, and gone with the last", () => {
    const [ada] = people(1);
    const all = here([ada!, ada!]);
    expect(all.takeChanged()).toMatchObject({ total: 1, sample: [ada] });
    all.remove(ada!.id);
    expect(all.takeChanged()).toBeUndefined();
    all.remove(ada!.id);
    expect(all.takeChanged()).toMatchObject({ total: 0, sample: [] });
    all.remove(ada!.id);
    expect(all.has(ada!.id)).toBe(false);
  });

  it("make a summary that another edge takes, however many they are", () => {
    const list = people(5_000);
    const summary = here(list).summary();
    expect(summary.total).toBe(5_000);
    expect(summary.sample).toHaveLength(50);
    expect(isEdgePeople(JSON.parse(JSON.stringify(summary)))).toBe(true);
  });

  it("are found by their marks from elsewhere", () => {
    const list = people(500);
    const marks = readMarks(here(list).summary().marks);
    expect(list.every(({ id }) => marks.has(markOf(SPACE, id)))).toBe(true);
    expect(people(500).some(({ id }) => marks.has(markOf(SPACE, id)))).toBe(false);
  });

  it("are on no list while the hosts hide them, and again when they don't", () => {
    const list = people(60);
    const all = here(list);
    const [rude] = list;
    all.hide(new Set([rude!.id]));
    const without = all.takeChanged()!;
    expect(without.total).toBe(59);
    expect(without.sample).toHaveLength(50);
    expect(readMarks(without.marks).has(markOf(SPACE, rude!.id))).toBe(false);
    // Another edge has told of them before it heard that they are hidden.
    const merged = mergeSamples(SPACE, [here([rude!]).summary()], new Set([rude!.id]));
    expect(merged).toEqual([]);
    all.hide(new Set());
    expect(all.takeChanged()).toMatchObject({ total: 60 });
  });

  it("have one sample, whichever edges they are on", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 150 }), (places) => {
        const list = people(places.length);
        const edges = [0, 1, 2].map((edge) => here(list.filter((_, at) => places[at] === edge)));
        const summaries = edges.map((edge) => edge.summary());
        expect(mergeSamples(SPACE, summaries)).toEqual(here(list).summary().sample);
      }),
    );
  });

  it("have the same chance each to be in the sample", () => {
    // Each of 200 is in a quarter of samples; over 300 spaces that's 75, give or take 7.5.
    const list = people(200);
    const first = list[0]!;
    let chosen = 0;
    for (let round = 0; round < 300; round += 1) {
      const space = newSpaceId();
      const all = new PeopleHere(space);
      for (const person of list) all.add(person);
      if (all.summary().sample.some(({ id }) => id === first.id)) chosen += 1;
    }
    expect(chosen).toBeGreaterThan(35);
    expect(chosen).toBeLessThan(115);
  });
});
