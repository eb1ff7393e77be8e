import { loadOpus, type OpusDecoder } from "@rostra/sound";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";
import type { StoreResult } from "../../src/jitter/jitter-buffer.ts";
import { type PacketMeter, Playout } from "../../src/jitter/playout.ts";
import { RtpSource } from "../../src/speaker/rtp-source.ts";
import { type Receiver, TEST_PAYLOAD_TYPE } from "./uplink.ts";

/** A meter that counts, for tests to look at. */
export class CountingMeter implements PacketMeter {
  receivedPackets = 0;
  lostPackets = 0;
  /** Frames of 20 ms. */
  concealedFrames = 0;
  recoveredPackets = 0;

  received(): void {
    this.receivedPackets += 1;
  }

  lost(packets: number): void {
    this.lostPackets += packets;
  }

  concealed(frames: number): void {
    this.concealedFrames += frames;
  }

  recovered(packets: number): void {
    this.recoveredPackets += packets;
  }

  jitter(): void {}
}

/** One speaker's way from datagrams to sound, open for tests to look into. */
export class TestReceiver implements Receiver {
  readonly meter: CountingMeter;
  readonly playout: Playout;
  readonly results: (StoreResult | undefined)[] = [];
  /** How long sound waits, in ms, at the beginning of each tick. */
  readonly delaysMs: number[] = [];
  readonly #source: RtpSource;
  readonly #frame: Float32Array;

  readonly #decoder: OpusDecoder;

  private constructor(decoder: OpusDecoder, channels: Channels) {
    const meter = new CountingMeter();
    const playout = new Playout(decoder, meter, channels);
    this.#frame = new Float32Array(FRAME_SAMPLES * channels);
    this.#decoder = decoder;
    this.playout = playout;
    this.meter = meter;
    this.#source = new RtpSource(TEST_PAYLOAD_TYPE, playout);
  }

  static async open(channels: Channels = 1): Promise<TestReceiver> {
    const opus = await loadOpus();
    return new TestReceiver(await opus.createDecoder({ channels }), channels);
  }

  push(datagram: Uint8Array, nowMs: number): void {
    this.results.push(this.#source.receive(datagram, nowMs));
  }

  tick(nowMs: number): Float32Array {
    this.delaysMs.push(this.playout.delayMs(nowMs));
    this.playout.pull(this.#frame, nowMs);
    return this.#frame;
  }

  close(): void {
    this.#decoder.close();
  }
}
