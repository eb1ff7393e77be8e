import { newUserId, type PresentPerson } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMet, withMet } from "./met.ts";

const people = Array.from(
  { length: 130 },
  (_, at): PresentPerson => ({
    id: newUserId(),
    displayName: `P${at}`,
  }),
);

describe("people met before", () => {
  it("are a hundred at most, the latest first, each once", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.constantFrom(...people), { maxLength: 20 })), (meetings) => {
        let met: readonly PresentPerson[] = [];
        for (const meeting of meetings) {
          const each = [...new Set(meeting)];
          met = withMet(met, each);
          expect(met.slice(0, each.length)).toEqual(each);
        }
        expect(met.length).toBeLessThanOrEqual(100);
        expect(new Set(met.map(({ id }) => id)).size).toBe(met.length);
        expect(parseMet(JSON.stringify(met))).toEqual(met);
      }),
    );
  });

  it("are nobody where the store holds something else", () => {
    for (const text of [null, "", "{}", "[1]", '[{"id":"x"}]', "null"]) {
      expect(parseMet(text)).toEqual([]);
    }
  });
});
