import type { ListenTier } from "@rostra/wire";
import type { DialogueEvents, Refusal } from "../../src/crowd/listener/dialogue.ts";

/** Keeps what a dialogue tells. */
export class Recorder implements DialogueEvents {
  /** Times that a link in waiting was said to stand. */
  standbys = 0;
  readonly sent: (string | Uint8Array)[] = [];
  readonly sounds: [first: number, count: number][] = [];
  readonly heard: [number: number, packet: Uint8Array][] = [];
  readonly times: number[] = [];
  readonly cadences: [cadenceMs: number, fromFrame: number][] = [];
  readonly goodbyes: [reason: string, retryAfterMs: number | null][] = [];
  readonly refusals: Refusal[] = [];
  readonly questions: number[] = [];
  readonly moves: (readonly ListenTier[])[] = [];

  send(bytes: string | Uint8Array): void {
    this.sent.push(bytes);
  }

  sound(first: number, count: number): void {
    this.sounds.push([first, count]);
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    for (const [at, packet] of packets.entries()) {
      this.heard.push([first + at, Uint8Array.from(packet)]);
    }
  }

  serverTime(timeMs: number): void {
    this.times.push(timeMs);
  }

  goodbye(reason: string, retryAfterMs: number | null): void {
    this.goodbyes.push([reason, retryAfterMs]);
  }

  refused(refusal: Refusal): void {
    this.refusals.push(refusal);
  }

  cadence(cadenceMs: number, fromFrame: number): void {
    this.cadences.push([cadenceMs, fromFrame]);
  }

  standby(): void {
    this.standbys += 1;
  }

  askHeard(share: number): void {
    this.questions.push(share);
  }

  move(tiers: readonly ListenTier[]): void {
    this.moves.push(tiers);
  }
}

/** The same bytes in pieces, each through one buffer that is used again and again. */
export function pushCut(
  dialogue: { push(bytes: Buffer, end: number): void },
  bytes: Uint8Array,
  cuts: readonly number[],
): void {
  const shared = Buffer.alloc(bytes.length);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length];
  places.sort((a, b) => a - b);
  for (const [at, from] of places.entries()) {
    const to = places[at + 1] ?? from;
    if (to === from) continue;
    shared.fill(0xee);
    shared.set(bytes.subarray(from, to));
    dialogue.push(shared, to - from);
  }
}
