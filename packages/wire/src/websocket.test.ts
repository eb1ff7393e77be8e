import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WireError } from "./errors.ts";
import {
  encodeClientFrame,
  encodeCloseFrame,
  encodeServerFrame,
  OPCODE,
  type Opcode,
  WebSocketFrameParser,
} from "./websocket.ts";

const data = fc.record({
  opcode: fc.constantFrom<Opcode>(OPCODE.text, OPCODE.binary),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ minLength: 65_530, maxLength: 65_540 }),
  ),
});
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 });

describe("WebSocket frames", () => {
  it("come back from a client's stream, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(data, { maxLength: 4 }),
        mask,
        fc.integer({ min: 1, max: 5_000 }),
        (all, key, step) => {
          const stream = Buffer.concat(
            all.map((each) => encodeClientFrame(each.opcode, each.payload, key)),
          );
          const parser = new WebSocketFrameParser({ maxPayloadBytes: 70_000, masked: true });
          const got = [];
          for (let at = 0; at < stream.length; at += step)
            got.push(...parser.push(stream.subarray(at, at + step)));
          expect(got.length).toBe(all.length);
          for (const [index, frame] of got.entries()) {
            expect(frame.opcode).toBe(all[index]!.opcode);
            expect(Buffer.compare(frame.payload, all[index]!.payload)).toBe(0);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("come back from a server's stream", () => {
    const parser = new WebSocketFrameParser({ maxPayloadBytes: 100_000, masked: false });
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const payload = new Uint8Array(length).fill(length & 0xff);
      const [frame] = parser.push(encodeServerFrame(OPCODE.binary, payload));
      expect(frame!.payload.length).toBe(length);
    }
  });

  it("carry at most 125 bytes when they close", () => {
    expect(encodeCloseFrame(4001, "x".repeat(500)).length).toBeLessThanOrEqual(2 + 125);
  });

  it.each([
    ["fragments", [0x01, 0x80, 0, 0, 0, 0]],
    ["continuations", [0x80, 0x80, 0, 0, 0, 0]],
    ["reserved bits", [0xc1, 0x80, 0, 0, 0, 0]],
    ["unknown opcodes", [0x83, 0x80, 0, 0, 0, 0]],
    ["unmasked frames", [0x81, 0x00]],
    ["long control frames", [0x88, 0xfe, 0, 200, 0, 0, 0, 0]],
  ])("are refused for %s", (_what, bytes) => {
    const parser = new WebSocketFrameParser({ maxPayloadBytes: 1_000, masked: true });
    expect(() => parser.push(new Uint8Array(bytes))).toThrow(WireError);
  });

  it("are refused by their announced length, before a byte of it has come", () => {
    const parser = new WebSocketFrameParser({ maxPayloadBytes: 1_000, masked: true });
    const huge = new Uint8Array([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(() => parser.push(huge)).toThrow(expect.objectContaining({ code: "too-large" }));
  });

  it("made of garbage end in a wire error or in nothing, never in another failure", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          new WebSocketFrameParser({ maxPayloadBytes: 1_000, masked: true }).push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
