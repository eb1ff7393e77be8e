import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RelayError } from "../errors.ts";
import {
  byOrigin,
  decodeAnswer,
  decodeFleetMessage,
  decodeQuestion,
  encodeAnswer,
  encodeFleetMessage,
  encodeQuestion,
  type FleetMessage,
  sourceMark,
  sourceOf,
} from "./message.ts";
import { inParts } from "./parts.ts";
import { Presence } from "./presence.ts";

const count = fc.nat();
const author = fc.string({ maxLength: 60 });
// What JSON carries back as it was: no -0, no undefined.
const value = fc.oneof(fc.integer(), fc.string(), fc.record({ n: fc.nat() }));
const entry = fc.record(
  {
    key: fc.string({ maxLength: 60 }),
    value,
    at: count,
    author,
    ephemeral: fc.boolean(),
  },
  { requiredKeys: ["key", "at", "author"] },
);
const entries = fc.array(entry, { maxLength: 5 });
const message: fc.Arbitrary<FleetMessage> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), entry }),
  fc.record(
    {
      kind: fc.constant("beat" as const),
      author,
      everyMs: fc.integer({ min: 1, max: 10_000 }),
      count,
      hash: count,
      mix: count,
      hears: fc.array(count, { maxLength: 20 }),
    },
    { requiredKeys: ["kind", "author", "everyMs", "count", "hash"] },
  ),
  fc.record({ kind: fc.constant("bye" as const), author }),
  fc.record({ kind: fc.constant("told" as const), author, at: fc.nat(), value }),
  fc.record({
    kind: fc.constant("all-mine" as const),
    author,
    upTo: count,
    from: fc.string({ maxLength: 60 }),
    to: fc.option(fc.string({ maxLength: 60 })),
    entries,
  }),
  fc.record({ kind: fc.constant("standing" as const), last: fc.boolean(), entries }),
);

describe("what processes of a fleet say to each other", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(message, (said) => {
        expect(decodeFleetMessage(encodeFleetMessage(said))).toMatchObject(said);
      }),
    );
  });

  it("is refused where it makes no sense, and skipped where a later version says it", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytesOf)), (bytes) => {
        try {
          decodeFleetMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RelayError);
        }
      }),
    );
    expect(decodeFleetMessage(bytesOf('{"v":2,"kind":"set"}'))).toBeUndefined();
    expect(decodeFleetMessage(bytesOf('{"v":1,"kind":"toString"}'))).toBeUndefined();
  });

  it("asks for frames and answers with them", () => {
    const origin = "played";
    const frames = [{ number: 7, packet: new Uint8Array([1]), holding: false }];
    expect(decodeQuestion(encodeQuestion({ from: 3, to: 9 }))).toEqual({ from: 3, to: 9 });
    const answer = decodeAnswer(encodeAnswer({ origin: "first", latest: 9, frames }));
    expect([answer.latest, answer.origin]).toEqual([9, "first"]);
    expect(answer.frames.map(({ number, packet }) => [number, ...packet])).toEqual([[7, 1]]);
    expect(decodeAnswer(encodeAnswer({ origin, latest: 9, frames: [] })).frames).toEqual([]);
    expect(
      decodeAnswer(encodeAnswer({ origin, latest: undefined, frames: [] })).latest,
    ).toBeUndefined();
  });
});

describe("what is said beside frames", () => {
  it("is the term, and nothing in the first one; of a pair also control's word, and how many are heard", () => {
    for (const term of [0, 1, 77, 2 ** 40]) {
      for (const more of [{}, { revision: 0 }, { revision: 2 ** 40 }, { revision: 3, voices: 0 }]) {
        const source = { term, second: true, ...more };
        expect(sourceOf(sourceMark(source), true)).toEqual(source);
      }
    }
    expect(sourceMark({ term: 0, second: true })).toBeUndefined();
    for (const wrong of [
      "",
      "-1",
      "1.5",
      "9".repeat(16),
      "x",
      "1/",
      "/1",
      "1/2/3",
      "1 2",
      "1/2 ",
      "1/2 x",
    ]) {
      expect(sourceOf(wrong, false)).toBeUndefined();
    }
  });
});

describe("answers about frames", () => {
  it("are taken in the order of how sure it is that they were heard", () => {
    const answers = (["second", "played", "first"] as const).map((origin) => ({
      ...{ origin, latest: 1, frames: [] },
    }));
    expect(byOrigin(answers).map(({ origin }) => origin)).toEqual(["played", "first", "second"]);
  });
});

describe("entries in parts", () => {
  it("are all there, sorted by key, and no part is larger than a message may be", () => {
    const many = Array.from({ length: 3_000 }, (_, i) => ({
      key: `key/${(i * 7_919) % 3_000}`,
      value: "x".repeat(i % 2 === 0 ? 10 : 900),
      at: i,
      author: "a",
    }));
    const parts = inParts(many);
    expect(parts.length).toBeGreaterThan(5);
    const keys = parts.flat().map(({ key }) => key);
    expect(keys).toEqual([...keys].sort());
    expect(new Set(keys).size).toBe(3_000);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(300_000);
    expect(inParts([])).toEqual([[]]);
  });
});

describe("presence in a fleet", () => {
  it("ends four beats after the last one that was heard", () => {
    const presence = new Presence();
    presence.heard("a", 0, 250);
    presence.heard("b", 0, 1_000);
    expect(presence.takeLapsed(1_000)).toEqual([]);
    expect(presence.takeLapsed(1_001)).toEqual(["a"]);
    expect(presence.knows("a")).toBe(false);
    expect(presence.takeLapsed(4_000)).toEqual([]);
    expect(presence.takeLapsed(4_001)).toEqual(["b"]);
  });

  it("gives everybody their time anew after nothing could be heard", () => {
    const presence = new Presence();
    presence.heard("a", 0, 250);
    presence.resume(60_000);
    expect(presence.takeLapsed(60_900)).toEqual([]);
    expect(presence.takeLapsed(61_001)).toEqual(["a"]);
  });
});

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
