import { memoryRelay } from "@rostra/relay";
import { newSpaceId, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { ListenerCounts } from "./listener-counts.ts";

const A = newSpaceId();
const B = newSpaceId();

function world() {
  const relays = memoryRelay();
  const counts = new ListenerCounts(relays.join());
  const edge = (name: string) => {
    const relay = relays.join();
    const count = (value: unknown) =>
      relay.put(STATE_KEYS.listenerCount(name), value, { ephemeral: true });
    return { count, close: () => relay.close() };
  };
  const shown = new Map<string, unknown>();
  relays.join().watch(STATE_KEYS.peaks, (key, value) => shown.set(key, value));
  return { counts, edge, shown };
}

/** What would be written to the store. */
async function risen(counts: ListenerCounts): Promise<Map<SpaceId, number>> {
  let saved = new Map<SpaceId, number>();
  await counts.saveRisen(async (peaks) => {
    saved = new Map(peaks);
  });
  return saved;
}

describe("listener counts", () => {
  it("are sums over the edges, and peaks stay when listeners go", async () => {
    const { counts, edge } = world();
    const [one, two] = [edge("edge-1"), edge("edge-2")];
    one.count({ [A]: 3, [B]: 1 });
    two.count({ [A]: 4 });
    expect(counts.of(A)).toEqual({ now: 7, peak: 7 });
    one.count({ [A]: 1 });
    expect(counts.of(A)).toEqual({ now: 5, peak: 7 });
    expect(counts.of(B)).toEqual({ now: 0, peak: 1 });
    await two.close();
    expect(counts.of(A)).toEqual({ now: 1, peak: 7 });
  });

  it("show edges the peak, through an edge's end and from the store", async () => {
    const { counts, edge, shown } = world();
    const one = edge("edge-1");
    one.count({ [A]: 3 });
    await one.close();
    edge("edge-1").count({ [A]: 1 });
    expect(shown.get(STATE_KEYS.peak(A))).toBe(3);
    counts.recall(A, 9);
    expect(shown.get(STATE_KEYS.peak(A))).toBe(9);
    counts.forget(A);
    expect(shown.get(STATE_KEYS.peak(A))).toBeUndefined();
  });

  it("take a malformed report for none", () => {
    const { counts, edge } = world();
    const one = edge("edge-1");
    one.count({ [A]: 3 });
    one.count({ [A]: -3 });
    expect(counts.of(A)).toEqual({ now: 0, peak: 3 });
  });

  it("are handed out for saving once each time they rise", async () => {
    const { counts, edge } = world();
    const one = edge("edge-1");
    counts.recall(A, 10);
    one.count({ [A]: 9, [B]: 2 });
    expect(await risen(counts)).toEqual(new Map([[B, 2]]));
    expect(await risen(counts)).toEqual(new Map());
    one.count({ [A]: 11, [B]: 1 });
    expect(await risen(counts)).toEqual(new Map([[A, 11]]));
  });

  it("are handed out again where saving failed", async () => {
    const { counts, edge } = world();
    edge("edge-1").count({ [A]: 1 });
    const failing = counts.saveRisen(() => Promise.reject(new Error("disk full")));
    await expect(failing).rejects.toThrow("disk full");
    expect(await risen(counts)).toEqual(new Map([[A, 1]]));
  });
});
