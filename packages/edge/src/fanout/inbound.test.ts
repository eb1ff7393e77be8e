import { CLOSE, encodeClientFrame, encodeServerFrame, OPCODE, type Opcode } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { Inbound } from "./inbound.ts";

const MASK = Uint8Array.of(1, 2, 3, 4);
const utf8 = (text: string) => new TextEncoder().encode(text);

function say(opcode: Opcode, payload: Uint8Array) {
  return new Inbound().push(encodeClientFrame(opcode, payload, MASK), 0);
}

/** The code of the close frame that a step ends with. */
function closeCode(bytes: Uint8Array): number {
  expect(bytes[0]).toBe(0x80 | OPCODE.close);
  return (bytes[2]! << 8) | bytes[3]!;
}

function endingOf(bytes: Uint8Array): number | undefined {
  const last = new Inbound().push(bytes, 0).at(-1);
  return last?.kind === "end" ? closeCode(last.bytes) : undefined;
}

describe("what a listener says", () => {
  it("is answered with a pong where it is a ping", () => {
    const pong = encodeServerFrame(OPCODE.pong, utf8("hi"));
    expect(say(OPCODE.ping, utf8("hi"))).toEqual([{ kind: "write", bytes: pong }]);
  });

  it("is handed to the room where it is one of its messages", () => {
    const steps = say(OPCODE.text, utf8('{"type":"reaction","emoji":"👏"}'));
    expect(steps).toEqual([{ kind: "say", message: { type: "reaction", emoji: "👏" } }]);
  });

  it("is read over where it is a JSON object, or a pong", () => {
    expect(say(OPCODE.text, utf8('{"type":"what-comes-later"}'))).toEqual([]);
    expect(say(OPCODE.pong, utf8(""))).toEqual([]);
  });

  it.each([
    ["plain text", OPCODE.text, utf8("hello"), CLOSE.unsupportedData],
    ["a JSON array", OPCODE.text, utf8("[]"), CLOSE.unsupportedData],
    ["text that isn't UTF-8", OPCODE.text, Uint8Array.of(0x7b, 0xff, 0x7d), CLOSE.unsupportedData],
    ["binary", OPCODE.binary, utf8("{}"), CLOSE.unsupportedData],
    ["too much", OPCODE.text, new Uint8Array(1_025), CLOSE.messageTooBig],
    ["a close", OPCODE.close, Uint8Array.of(0x03, 0xe9), CLOSE.goingAway],
    ["a close without a code", OPCODE.close, new Uint8Array(0), CLOSE.normal],
    ["half a close code", OPCODE.close, Uint8Array.of(3), CLOSE.protocolError],
    ["a close code not to be sent", OPCODE.close, Uint8Array.of(0x03, 0xee), CLOSE.protocolError],
  ])("ends with a code where it is %s", (_, opcode, payload, code) => {
    expect(endingOf(encodeClientFrame(opcode, payload, MASK))).toBe(code);
  });

  it("ends where it isn't masked, or fragmented, or of an unknown kind", () => {
    expect(endingOf(encodeServerFrame(OPCODE.text, utf8("{}")))).toBe(CLOSE.protocolError);
    expect(endingOf(Uint8Array.of(0x01, 0x80, 1, 2, 3, 4))).toBe(CLOSE.protocolError);
    expect(endingOf(Uint8Array.of(0x83, 0x80, 1, 2, 3, 4))).toBe(CLOSE.protocolError);
  });

  it("ends where it is more than anyone needs to say", () => {
    const inbound = new Inbound();
    const pong = encodeClientFrame(OPCODE.pong, new Uint8Array(0), MASK);
    for (let at = 0; at < BOUNDS.inboundMessages; at += 1)
      expect(inbound.push(pong, at)).toEqual([]);
    const last = inbound.push(pong, BOUNDS.inboundMessages).at(-1);
    expect(last?.kind === "end" && closeCode(last.bytes)).toBe(CLOSE.policyViolation);
  });

  it("may be as much again in the next interval", () => {
    const inbound = new Inbound();
    const pong = encodeClientFrame(OPCODE.pong, new Uint8Array(0), MASK);
    for (let at = 0; at < BOUNDS.inboundMessages; at += 1) inbound.push(pong, 0);
    expect(inbound.push(pong, BOUNDS.pingMs)).toEqual([]);
  });

  it("never throws, ends at most once, and is not listened to after that", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (pieces) => {
        const inbound = new Inbound();
        const steps = pieces.flatMap((piece) => inbound.push(piece, 0));
        const ends = steps.filter((step) => step.kind === "end");
        expect(ends.length).toBeLessThanOrEqual(1);
        if (ends.length === 1) expect(steps.at(-1)?.kind).toBe("end");
      }),
    );
  });

  it("means the same however the bytes are cut", () => {
    const bytes = Buffer.concat([
      encodeClientFrame(OPCODE.ping, utf8("a"), MASK),
      encodeClientFrame(OPCODE.text, utf8("{}"), MASK),
      encodeClientFrame(OPCODE.close, Uint8Array.of(0x03, 0xe8), MASK),
    ]);
    const whole = new Inbound().push(bytes, 0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const inbound = new Inbound();
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((end, at) => bytes.subarray(edges[at], end));
        expect(pieces.flatMap((piece) => inbound.push(piece, 0))).toEqual(whole);
      }),
    );
  });
});
