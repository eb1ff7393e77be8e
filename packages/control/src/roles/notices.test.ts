import { testMember, testSpace } from "@rostra/testkit";
import { isNotice, LIMITS, newUserId } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clearNotice, writeNotice } from "./notices.ts";
import { NO_NOTES, type SpaceRecord } from "./record.ts";

const HOST = newUserId();
const SPEAKER = newUserId();

const empty: SpaceRecord = {
  snapshot: testSpace({
    members: [testMember(HOST, { role: "host" }), testMember(SPEAKER, { role: "speaker" })],
  }),
  notes: NO_NOTES,
  blockLists: new Map(),
};

const act = fc.oneof(
  fc.record({
    text: fc.string({ minLength: 1, maxLength: LIMITS.noticeChars }),
    keepMs: fc.nat(86_400_000),
  }),
  fc.constant("clear" as const),
);

describe("notices", () => {
  it("have ids that grow, and a shape that edges take, whatever hosts do", () => {
    fc.assert(
      fc.property(fc.array(act), (acts) => {
        let record = empty;
        let nowMs = 1_700_000_000_000.5;
        for (const each of acts) {
          const before = record.notes.notice;
          nowMs += 1_000;
          record =
            each === "clear"
              ? clearNotice(record, HOST, nowMs)
              : writeNotice(record, HOST, each, nowMs);
          const { notice } = record.notes;
          if (notice === before) continue;
          expect(isNotice(notice)).toBe(true);
          expect(notice!.id).toBe((before?.id ?? 0) + 1);
          expect(notice!.text).toBe(each === "clear" ? "" : each.text);
        }
      }),
    );
  });

  it("are cleared once", () => {
    expect(clearNotice(empty, HOST, 0)).toBe(empty);
    const written = writeNotice(empty, HOST, { text: "Five minutes' break", keepMs: 60_000 }, 0);
    const cleared = clearNotice(written, HOST, 1_000);
    expect(clearNotice(cleared, HOST, 2_000)).toBe(cleared);
  });

  it("are the hosts' alone", () => {
    const word = { text: "Mine", keepMs: 60_000 };
    expect(() => writeNotice(empty, SPEAKER, word, 0)).toThrow("only the host and cohosts");
    expect(() => clearNotice(empty, newUserId(), 0)).toThrow("only the host and cohosts");
  });
});
