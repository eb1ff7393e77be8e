import fc from "fast-check";
import { expect, it } from "vitest";
import { DueLine } from "./due-line.ts";

it("gives out who is due, the earliest first, whoever comes meanwhile", () => {
  const when = fc.integer({ min: 0, max: 50 });
  const steps = fc.array(fc.record({ dueMs: when, takeAtMs: fc.option(when) }), { maxLength: 80 });
  fc.assert(
    fc.property(steps, (all) => {
      const line = new DueLine<{ dueMs: number }>();
      const waiting: number[] = [];
      for (const { dueMs, takeAtMs } of all) {
        line.add({ dueMs });
        waiting.push(dueMs);
        waiting.sort((a, b) => a - b);
        if (takeAtMs === null) continue;
        const expected = waiting[0]! <= takeAtMs ? waiting.shift() : undefined;
        expect(line.take(takeAtMs)?.dueMs).toBe(expected);
      }
      expect(waiting.map(() => line.take(50)?.dueMs)).toEqual(waiting);
      expect(line.firstMs).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
