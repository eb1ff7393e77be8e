import { writeRtp } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TestReceiver } from "../../test/support/playout.ts";
import { TEST_PAYLOAD_TYPE } from "../../test/support/uplink.ts";
import { RtpSource } from "./rtp-source.ts";

const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

function datagram(sequence: number, change: Partial<Parameters<typeof writeRtp>[0]> = {}) {
  return writeRtp({
    payloadType: TEST_PAYLOAD_TYPE,
    marker: false,
    sequence: sequence & 0xffff,
    timestamp: (sequence * 960) % 2 ** 32,
    ssrc: 1,
    payload: SILENCE,
    ...change,
  });
}

/** Notes what reaches the jitter buffer. */
function spySink(result: "stored" | "late" = "stored") {
  const sequences: number[] = [];
  let clears = 0;
  const sink = {
    push: ({ sequence }: { sequence: number }) => {
      sequences.push(sequence);
      return result;
    },
    clear: () => {
      clears += 1;
    },
  };
  return { sink, sequences, clears: () => clears };
}

describe("datagrams", () => {
  test("of another payload type, without payload, or that are no RTP go no further", () => {
    const { sink, sequences } = spySink();
    const source = new RtpSource(TEST_PAYLOAD_TYPE, sink);
    for (const garbage of [
      new Uint8Array(0),
      Uint8Array.of(1, 2, 3),
      datagram(1, { payloadType: 63 }),
      datagram(1, { payload: new Uint8Array(0) }),
      datagram(1, { payload: Uint8Array.of(0xfb, 0x00) }),
    ]) {
      expect(source.receive(garbage, 0)).toBeUndefined();
    }
    expect(sequences).toEqual([]);
  });

  test("of a new stream make a new beginning", () => {
    const { sink, sequences, clears } = spySink();
    const source = new RtpSource(TEST_PAYLOAD_TYPE, sink);
    source.receive(datagram(60_000), 0);
    source.receive(datagram(10, { ssrc: 2 }), 20);
    expect(clears()).toBe(1);
    expect(sequences.map((sequence) => sequence % 65_536)).toEqual([60_000, 10]);
  });

  test("that all come from the past show that the sender counts anew", () => {
    const { sink, clears } = spySink("late");
    const source = new RtpSource(TEST_PAYLOAD_TYPE, sink);
    for (let sequence = 0; sequence < 24; sequence += 1) source.receive(datagram(sequence), 0);
    expect(clears()).toBe(0);
    source.receive(datagram(24), 0);
    expect(clears()).toBe(1);
  });

  test("of any content neither throw nor grow anything, and every tick gives finite sound", async () => {
    const header = fc.record({
      sequence: fc.nat(65_535),
      timestamp: fc.nat(2 ** 32 - 1),
      ssrc: fc.constantFrom(1, 2),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.constant(SILENCE),
        fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => bytes.fill(0xf8, 0, 1)),
      ),
    });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      header.map((fields) => datagram(0, fields)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 300 }), async (datagrams) => {
        const receiver = await TestReceiver.open();
        let nowMs = 0;
        for (const [index, next] of datagrams.entries()) {
          receiver.push(next, nowMs);
          if (index % 3 === 0) {
            expect(receiver.tick(nowMs).every(Number.isFinite)).toBe(true);
            nowMs += 20;
          }
          expect(receiver.playout.waiting).toBeLessThanOrEqual(128);
        }
        receiver.close();
      }),
      { numRuns: 60 },
    );
  });
});
