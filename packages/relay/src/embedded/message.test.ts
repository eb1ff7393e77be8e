import { newSpaceId } from "@rostra/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { RelayError } from "../errors.ts";
import { encodeRelayMessage, type RelayMessage, RelayMessageParser } from "./message.ts";

const spaceId = newSpaceId();
const request = fc.integer({ min: 0, max: 0xffff_ffff });
const packet = fc.uint8Array({ maxLength: 200 });
const frames = fc
  .array(
    fc.record(
      { packet, holding: fc.boolean(), thin: fc.uint8Array({ minLength: 1, maxLength: 60 }) },
      { requiredKeys: ["packet", "holding"] },
    ),
    { maxLength: 30 },
  )
  .map((list) => list.map((each, index) => ({ ...each, number: 1_000 + index * 2 })));

// As JSON carries it back: without -0.
const value = fc.jsonValue().map((it) => JSON.parse(JSON.stringify(it)) as unknown);

const message: fc.Arbitrary<RelayMessage> = fc.oneof(
  fc.record({ kind: fc.constant("frames" as const), spaceId: fc.constant(spaceId), frames }),
  fc.record({
    kind: fc.constant("frames-of" as const),
    spaceId: fc.constant(spaceId),
    source: fc.record({ term: request, second: fc.boolean() }),
    frames,
  }),
  fc.record({
    kind: fc.constant("state" as const),
    key: fc.string(),
    value,
    ephemeral: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("history" as const), request, frames }),
  fc.record({
    kind: fc.constant("latest" as const),
    request,
    number: fc.option(fc.maxSafeNat(), { nil: undefined }),
  }),
  fc.record({ kind: fc.constantFrom("flushed" as const, "flush-request" as const), request }),
  fc.record({ kind: fc.constant("gather" as const), withinMs: request, phase: request }),
  fc.constant({ kind: "synced" as const }),
  fc.record({ kind: fc.constant("tell" as const), topic: fc.string(), value }),
  fc.record({ kind: fc.constantFrom("hear" as const, "unhear" as const), topic: fc.string() }),
);

it("gives back every message, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.integer({ min: 1, max: 97 }),
      (all, step) => {
        const stream = Buffer.concat(all.map(encodeRelayMessage));
        const parser = new RelayMessageParser();
        const got: RelayMessage[] = [];
        for (let at = 0; at < stream.length; at += step) {
          got.push(...parser.push(stream.subarray(at, at + step)));
        }
        expect(got).toEqual(all);
      },
    ),
  );
});

it("answers garbage with a relay error or with nothing, never with another failure", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        new RelayMessageParser().push(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RelayError);
      }
    }),
  );
});
