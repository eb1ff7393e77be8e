import { type RtpPacket, SAMPLE_RATE_HZ } from "@rostra/wire";
import { followStages } from "./follow-stages.ts";
import { encodeVoice, playLooped } from "./looping-speaker.ts";
import type { LossyLinkOptions } from "./lossy-link.ts";
import { SteadySpeaker } from "./steady-speaker.ts";

export interface PairedSpeakerOptions {
  /** Of somebody who is on the stage. */
  readonly token: string;
  /** What is said, over and over: Opus packets of 20 ms. */
  readonly packets: readonly Uint8Array[];
  /** Where offers for a stage go; asked for each connection. */
  readonly whipUrl: (stage: string) => string;
  /** How often each connection gets a sender report; default 1,000 ms. Browsers: about 5,000. */
  readonly reportEveryMs?: number;
  /** What lies between; left out: the network as it is. */
  readonly network?: LossyLinkOptions;
}

const REPORT_EVERY_MS = 1_000;
const READY_LOOK_MS = 20;

/**
 * One voice that goes to every stage of a space, as a page with the SDK does it: a connection to
 * each, all with the same sound of the same moments, with sender reports by one clock. Each mends
 * itself.
 */
export class PairedSpeaker {
  readonly #options: PairedSpeakerOptions;
  readonly #ways = new Map<string, SteadySpeaker>();
  readonly #received = new Map<string, number>();
  #hush: () => void = () => {};
  #unfollow: () => void = () => {};
  #reports: NodeJS.Timeout | undefined;
  /** When the sample of timestamp 0 was captured, ms since 1970. */
  #beganAtMs = 0;
  #timestamp = 0;
  #onPacket: (stage: string, packet: RtpPacket) => void = () => {};

  constructor(options: PairedSpeakerOptions) {
    this.#options = options;
  }

  /**
   * Speaks through edges, and follows what they say of the space's stages. Resolves once a stage is
   * heard.
   * @param edges public addresses; the next is taken where one doesn't answer
   * @param voice 48 kHz, mono
   */
  static async join(
    edges: readonly string[],
    spaceId: string,
    token: string,
    voice: Float32Array,
    options: Pick<PairedSpeakerOptions, "reportEveryMs" | "network"> = {},
  ): Promise<PairedSpeaker> {
    const packets = await encodeVoice(voice);
    const edge = { url: edges[0]! };
    const whipUrl = (stage: string) =>
      `${edge.url}/api/v1/spaces/${spaceId}/whip?stage=${encodeURIComponent(stage)}`;
    const speaker = new PairedSpeaker({ ...options, token, packets, whipUrl });
    speaker.#unfollow = followStages(edges, spaceId, (stages, url) => {
      edge.url = url;
      speaker.setStages(stages);
    });
    await speaker.start();
    return speaker;
  }

  /** Packets of the others' sound that came from each stage so far, those before a change too. */
  get received(): ReadonlyMap<string, number> {
    return this.#received;
  }

  /** Connections made so far to the stages that there are now. */
  get connections(): number {
    return [...this.#ways.values()].reduce((sum, way) => sum + way.connections, 0);
  }

  /** What the others say, by the stage that it comes from. */
  onPacket(listener: (stage: string, packet: RtpPacket) => void): void {
    this.#onPacket = listener;
  }

  /** Connects to those that are new, and leaves those that aren't named any more. */
  setStages(stages: readonly string[]): void {
    for (const stage of stages)
      if (!this.#ways.has(stage)) this.#ways.set(stage, this.#open(stage));
    for (const [stage, way] of this.#ways) {
      if (stages.includes(stage)) continue;
      this.#ways.delete(stage);
      way.close();
    }
  }

  /** Speaks from now on. Resolves once a stage sends sound back. */
  async start(): Promise<void> {
    const { packets, reportEveryMs = REPORT_EVERY_MS } = this.#options;
    this.#beganAtMs = performance.timeOrigin + performance.now();
    this.#hush = playLooped(
      { send: (packet, timestamp) => this.#send(packet, timestamp) },
      packets,
    );
    this.#reports = setInterval(() => this.#report(), reportEveryMs);
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (this.#received.size === 0 && this.#reports !== undefined) return;
        clearInterval(look);
        resolve();
      }, READY_LOOK_MS);
    });
  }

  stop(): void {
    this.#unfollow();
    this.#hush();
    clearInterval(this.#reports);
    this.#reports = undefined;
    this.setStages([]);
  }

  #open(stage: string): SteadySpeaker {
    const { whipUrl, token, network } = this.#options;
    const way = SteadySpeaker.open(() => whipUrl(stage), token, network);
    way.onPacket((packet) => {
      this.#received.set(stage, (this.#received.get(stage) ?? 0) + 1);
      this.#onPacket(stage, packet);
    });
    return way;
  }

  #send(packet: Uint8Array, timestamp: number): void {
    this.#timestamp = timestamp;
    for (const way of this.#ways.values()) way.send(packet, timestamp);
  }

  #report(): void {
    const atMs = this.#beganAtMs + (this.#timestamp * 1_000) / SAMPLE_RATE_HZ;
    for (const way of this.#ways.values()) way.report(this.#timestamp, atMs);
  }
}
