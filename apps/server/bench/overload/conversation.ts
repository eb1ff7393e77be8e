import { setTimeout as sleep } from "node:timers/promises";
import { type TestGuest, WhipPeer } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, type SpaceId } from "@rostra/wire";
import { type Voice, voicesFor } from "../thirteen/voices.ts";

/** What a speaker's return went through since it was last asked. */
export interface ReturnReport {
  readonly packets: number;
  /** Packets that never came, by their sequence numbers. */
  readonly lost: number;
  /** Longest time between two packets, ms: this process's own lateness is in it. */
  readonly longestGapMs: number;
}

const nowMs = () => performance.now();

/** Two people on stage who talk, and what each hears of the other: the sound that comes back. */
export class Conversation {
  readonly #peers: readonly WhipPeer[];
  readonly #voices: readonly Voice[];
  #over = false;
  #talking: Promise<void> = Promise.resolve();
  #packets = 0;
  #lost = 0;
  #longestGapMs = 0;

  private constructor(peers: readonly WhipPeer[], voices: readonly Voice[]) {
    this.#peers = peers;
    this.#voices = voices;
    for (const peer of peers) this.#watch(peer);
  }

  /** @param people on the stage of the space already, unmuted */
  static async begin(
    origin: string,
    spaceId: SpaceId,
    people: readonly TestGuest[],
  ): Promise<Conversation> {
    const whipUrl = `${origin}/api/v1/spaces/${spaceId}/whip`;
    const peers = await Promise.all(people.map(({ token }) => WhipPeer.connect(whipUrl, token)));
    const self = new Conversation(peers, await voicesFor(people.length));
    self.#talking = self.#talk();
    return self;
  }

  /** What came since the last call, of both together. */
  report(): ReturnReport {
    const report = {
      packets: this.#packets,
      lost: this.#lost,
      longestGapMs: Math.round(this.#longestGapMs),
    };
    [this.#packets, this.#lost, this.#longestGapMs] = [0, 0, 0];
    return report;
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#talking;
    await Promise.all(this.#peers.map((peer) => peer.leave()));
  }

  #watch(peer: WhipPeer): void {
    let [last, lastMs] = [-1, nowMs()];
    peer.onPacket(({ sequence }) => {
      const atMs = nowMs();
      this.#packets += 1;
      this.#longestGapMs = Math.max(this.#longestGapMs, atMs - lastMs);
      // Sequence numbers wrap at 16 bits (RFC 3550, section 5.1).
      if (last >= 0) this.#lost += Math.max(0, ((sequence - last) & 0xffff) - 1);
      [last, lastMs] = [sequence, atMs];
    });
  }

  async #talk(): Promise<void> {
    const startedMs = nowMs();
    for (let frame = 0; !this.#over; frame += 1) {
      const waitMs = startedMs + frame * FRAME_MS - nowMs();
      if (waitMs > 0) await sleep(waitMs);
      for (const [who, peer] of this.#peers.entries()) {
        const { packets } = this.#voices[who]!;
        peer.send(packets[frame % packets.length]!, frame * FRAME_SAMPLES);
      }
    }
  }
}
