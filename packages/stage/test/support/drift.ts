import { FRAME_MS, SAMPLE_RATE_HZ } from "@rostra/wire";
import { TestReceiver } from "./playout.ts";
import { seededRandom } from "./random.ts";
import type { TimedDatagram } from "./uplink.ts";

export interface DriftOptions {
  readonly seconds: number;
  /** The sender's clock is faster than ours by this. */
  readonly driftPpm: number;
  /** Added to each packet's delay of 30 ms: exponentially distributed with this mean. */
  readonly jitterMs: number;
  /** Share of packets that get lost, 0 to 1. */
  readonly loss?: number;
  readonly seed?: number;
  /** What is heard in each tick. Copied by whoever keeps it. */
  readonly onFrame: (pcm: Float32Array) => void;
}

const LINK_MS = 30;

/** What a sender says over and over, for as long as it takes: packets of one loop. */
export class Loop {
  readonly #sent: readonly TimedDatagram[];
  readonly #samples: number;

  /** @param samples how long the loop is: whole packets */
  constructor(sent: readonly TimedDatagram[], samples: number) {
    this.#sent = sent;
    this.#samples = samples;
  }

  get seconds(): number {
    return this.#samples / SAMPLE_RATE_HZ;
  }

  /** @returns the packet, and when its last sample was spoken by the sender's own clock */
  packet(index: number): TimedDatagram {
    const round = Math.floor(index / this.#sent.length);
    const { atMs, datagram } = this.#sent[index % this.#sent.length]!;
    const copy = datagram.slice();
    const view = new DataView(copy.buffer);
    view.setUint16(2, (view.getUint16(2) + round * this.#sent.length) & 0xffff);
    view.setUint32(4, (view.getUint32(4) + round * this.#samples) >>> 0);
    return { atMs: atMs + round * this.seconds * 1000, datagram: copy };
  }
}

/** Plays a loop through a receiver whose clock isn't the sender's. The caller closes it. */
export async function playDrifting(loop: Loop, options: DriftOptions): Promise<TestReceiver> {
  const { driftPpm, jitterMs, loss = 0 } = options;
  const random = seededRandom(options.seed ?? 1);
  const receiver = await TestReceiver.open();
  const underWay: TimedDatagram[] = [];
  let next = loop.packet(0);
  let index = 0;
  for (let nowMs = 0; nowMs < options.seconds * 1000; nowMs += FRAME_MS) {
    for (; next.atMs / (1 + driftPpm / 1e6) <= nowMs; index += 1, next = loop.packet(index)) {
      const lateMs = LINK_MS - jitterMs * Math.log(1 - random());
      const atMs = next.atMs / (1 + driftPpm / 1e6) + lateMs;
      if (random() >= loss) underWay.push({ atMs, datagram: next.datagram });
    }
    underWay.sort((a, b) => a.atMs - b.atMs);
    while (underWay.length > 0 && underWay[0]!.atMs <= nowMs) {
      const { atMs, datagram } = underWay.shift()!;
      receiver.push(datagram, atMs);
    }
    options.onFrame(receiver.tick(nowMs));
  }
  return receiver;
}
