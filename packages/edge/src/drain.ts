import { type Clock, encodeRoomEvent, encodeTextFrame } from "@rostra/wire";
import type { Admission } from "./admission/admission.ts";
import { BOUNDS } from "./bounds.ts";
import type { Listener } from "./fanout/crowd.ts";
import type { LiveSpace } from "./space/live-space.ts";
import type { Spaces } from "./space/spaces.ts";

export interface DrainOptions {
  readonly spaces: Spaces;
  readonly admission: Admission;
  readonly clock: Clock;
  /** How long it may take, ms; 0: nobody is waited for. */
  readonly withinMs: number;
  /** Aborted: nobody is waited for any more. */
  readonly hurry: AbortSignal;
}

/** Told in one go: a beat's share of those who are left. */
const BEAT_MS = 100;

/**
 * Empties an edge that goes: newcomers find another, listeners are told to move, a few at a time, and
 * everything goes on for them until they have. Done when nobody is left or when the time is over;
 * players that can't be told have their stream until then.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #told = new WeakSet<Listener>();
  readonly #untilMs: number;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#untilMs = options.clock.nowMs() + options.withinMs;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { admission } = this.#options;
    admission.drain();
    if (admission.sharesAddress) await this.#unlessOver(BOUNDS.drainUnseenMs);
    // Once for the whole of it, so that the last are told as quickly as the first.
    const perBeat = this.#perBeat();
    // Where nobody else has room there is nowhere to move to: the farewell says when to come back.
    while (!this.#isOver() && admission.spareElsewhere > 0) {
      this.#tell(perBeat);
      await this.#pause(BEAT_MS);
    }
  }

  /** At most a fifth of the time. */
  async #unlessOver(ms: number): Promise<void> {
    const { clock, withinMs, admission } = this.#options;
    const untilMs = clock.nowMs() + Math.min(ms, withinMs / 5);
    while (clock.nowMs() < untilMs && !this.#isOver() && admission.spareElsewhere > 0) {
      await this.#pause(BEAT_MS);
    }
  }

  #perBeat(): number {
    const { spaces, withinMs } = this.#options;
    const tellSeconds = Math.max(1, withinMs * BOUNDS.drainTellShare) / 1_000;
    const perSecond = Math.min(
      BOUNDS.drainMostPerSecond,
      Math.max(BOUNDS.drainLeastPerSecond, (spaces.listeners + spaces.followers) / tellSeconds),
    );
    return Math.ceil((perSecond * BEAT_MS) / 1_000);
  }

  #isOver(): boolean {
    const { spaces, admission, clock, hurry } = this.#options;
    if (hurry.aborted || clock.nowMs() >= this.#untilMs) return true;
    return spaces.listeners + spaces.followers + admission.hls.players === 0;
  }

  #tell(count: number): void {
    let left = count;
    for (const live of this.#options.spaces.live) {
      const waiting = live.room.movable.filter((it) => this.#canBeTold(it));
      if (waiting.length === 0) continue;
      const message = this.#message(live);
      for (const listener of waiting.slice(0, left)) {
        this.#told.add(listener);
        listener.socket.write(message);
      }
      left -= Math.min(left, waiting.length);
      if (left === 0) return;
    }
  }

  /** Who doesn't take what it has is told later, or by the farewell. */
  #canBeTold(listener: Listener): boolean {
    const { socket } = listener;
    return (
      !this.#told.has(listener) && !socket.destroyed && socket.writableLength <= BOUNDS.socketBytes
    );
  }

  #message({ snapshot }: LiveSpace): Uint8Array {
    const { admission, clock } = this.#options;
    const tiers = admission.listenAnswer(snapshot).tiers.filter(({ tier }) => tier === "live");
    const withinMs = Math.max(0, Math.round(this.#untilMs - clock.nowMs()));
    return encodeTextFrame(encodeRoomEvent({ type: "move", withinMs, tiers }));
  }

  #pause(ms: number): Promise<void> {
    const { clock, hurry } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      cancel();
      hurry.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    hurry.addEventListener("abort", done);
    return promise;
  }
}
