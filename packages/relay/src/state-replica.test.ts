import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateReplica } from "./state-replica.ts";

const key = fc.constantFrom("a", "ab", "a/", "a/x", "a/xy", "a/x/1", "b/x", "b/xy");
const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, value: fc.option(fc.nat(9)) }),
  fc.record({ kind: fc.constant("watch" as const), prefix: fc.oneof(key, fc.constant("")) }),
  fc.record({ kind: fc.constant("stop" as const), at: fc.nat(9) }),
);

describe("a process's copy of the shared state", () => {
  it("tells each who watches what stands under a prefix, and each change, as if it looked at all", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const replica = new StateReplica();
        const standing = new Map<string, number>();
        const watches: { prefix: string; stop: () => void; seen: Map<string, unknown> }[] = [];
        for (const it of steps) {
          if (it.kind === "set") {
            if (it.value === null) standing.delete(it.key);
            else standing.set(it.key, it.value);
            replica.apply(it.key, it.value ?? undefined);
            expect(replica.get(it.key)).toBe(it.value ?? undefined);
          } else if (it.kind === "watch") {
            const seen = new Map<string, unknown>();
            const stop = replica.watch(it.prefix, (key, value) => {
              if (value === undefined) expect(seen.delete(key)).toBe(true);
              else seen.set(key, value);
            });
            watches.push({ prefix: it.prefix, stop, seen });
          } else {
            for (const { stop } of watches.splice(it.at, 1)) stop();
          }
          for (const { prefix, seen } of watches) {
            const meant = [...standing].filter(([key]) => key.startsWith(prefix));
            expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(meant));
          }
        }
      }),
    );
  });

  it("tells nothing more to who has stopped, though the same function watches on", () => {
    const replica = new StateReplica();
    const seen: unknown[] = [];
    const listener = (_: string, value: unknown) => seen.push(value);
    const stop = replica.watch("a/", listener);
    replica.watch("a/", listener);
    replica.apply("a/x", 1);
    stop();
    stop();
    replica.apply("a/x", 2);
    expect(seen).toEqual([1, 1, 2]);
  });
});
