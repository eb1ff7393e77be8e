import fc from "fast-check";
import { expect, it } from "vitest";
import { WireError } from "./errors.ts";
import { isRtcp, parseRtp, type RtpPacket, writeRtp } from "./rtp.ts";

const packet: fc.Arbitrary<RtpPacket> = fc.record({
  payloadType: fc.integer({ min: 0, max: 127 }),
  marker: fc.boolean(),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
  ssrc: fc.integer({ min: 0, max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 1_300 }),
});

it("reads what it writes", () => {
  fc.assert(
    fc.property(packet, (each) => {
      expect(parseRtp(writeRtp(each))).toEqual(each);
    }),
  );
});

it("takes off contributing sources, an extension and padding", () => {
  const datagram = new Uint8Array([
    0xb1,
    0x6f,
    0,
    5,
    0,
    0,
    0,
    9,
    0,
    0,
    0,
    3, // version 2, padding, extension, one source
    1,
    2,
    3,
    4, // the source
    0xbe,
    0xde,
    0,
    1,
    9,
    9,
    9,
    9, // one word of extension
    42,
    43, // payload
    0,
    0,
    3, // padding
  ]);
  expect([...parseRtp(datagram).payload]).toEqual([42, 43]);
});

it("answers garbage with a wire error or a packet, never with another failure", () => {
  const likely = fc.uint8Array({ minLength: 11, maxLength: 60 }).map((bytes) => {
    bytes[0] = 0x80 | (bytes[0]! & 0x3f);
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), likely), (bytes) => {
      try {
        expect(parseRtp(bytes).payload.length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { numRuns: 2_000 },
  );
});

it("tells RTCP from RTP by the second byte", () => {
  expect(isRtcp(new Uint8Array([0x80, 200]))).toBe(true);
  expect(isRtcp(new Uint8Array([0x80, 111]))).toBe(false);
  expect(isRtcp(new Uint8Array([0x80]))).toBe(false);
});
