import type { Relay } from "@rostra/relay";
import { frameTimeMs, type SpaceSnapshot, STATE_KEYS, type VoicePlace } from "@rostra/wire";
import type { StagePart } from "./stage-pairs.ts";

/** Said at least this often, for the clock's sake, ms. */
const EVERY_MS = 1_000;
/** A voice that has moved by this against what was said is said anew, ms: a place, and a wish. */
const MOVED_MS: Readonly<Record<StagePart, number>> = { first: 0.5, second: 5 };
const MOVED_DB = 0.5;

/**
 * Says for the other stage of a pair what time it is in the space, and which instant of each
 * microphone is, or should be, in which frame. Voices that go on as they went aren't said again: who
 * listens counts on.
 */
export class TimingWriter {
  readonly #relay: Relay;
  readonly #part: StagePart;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #said: ReadonlyMap<string, VoicePlace> = new Map();
  #saidFrame = 0;
  /** The key of the shared state that holds what was said last, if it does. */
  #standsAt: string | undefined;

  constructor(relay: Relay, part: StagePart) {
    this.#relay = relay;
    this.#part = part;
  }

  /**
   * Says it where there is something to say: to the other stage alone, since a fleet has twenty thousand
   * such words a second where it has ten thousand pairs.
   * @param isDeaf the other one knows shared state alone, which all processes hear: of the version before
   * @param frame at whose beginning `voices` are where they are
   * @param nowMs the space's time
   */
  write(
    snapshot: SpaceSnapshot,
    frame: number,
    nowMs: number,
    voices: readonly VoicePlace[],
    isDeaf: boolean,
  ): void {
    const sinceMs = frameTimeMs(0, frame - this.#saidFrame);
    const isAsSaid =
      voices.length === this.#said.size && voices.every((voice) => this.#isAsSaid(voice, sinceMs));
    if (isAsSaid && nowMs - this.#saidAtMs < EVERY_MS) return;
    this.#saidAtMs = nowMs;
    this.#saidFrame = frame;
    this.#said = new Map(voices.map((voice) => [voice.id, voice]));
    const timing = { term: snapshot.term ?? 0, frame, atMs: nowMs, voices };
    const { timing: first, secondTiming: second } = STATE_KEYS;
    const key = { first, second }[this.#part](snapshot.id);
    if (isDeaf) {
      this.#standsAt = key;
      this.#relay.put(key, timing, { ephemeral: true });
    } else {
      this.#relay.tell(key, timing);
      this.withdraw();
    }
  }

  /** What stands in the shared state goes: nobody follows it any more. */
  withdraw(): void {
    if (this.#standsAt !== undefined) this.#relay.put(this.#standsAt, undefined);
    this.#standsAt = undefined;
  }

  #isAsSaid({ id, capturedMs, gainDb }: VoicePlace, sinceMs: number): boolean {
    const said = this.#said.get(id);
    return (
      said !== undefined &&
      Math.abs(capturedMs - said.capturedMs - sinceMs) < MOVED_MS[this.#part] &&
      Math.abs((gainDb ?? 0) - (said.gainDb ?? 0)) < MOVED_DB
    );
  }

  /** What is said next is said at once: somebody new may listen. */
  forget(): void {
    this.#saidAtMs = Number.NEGATIVE_INFINITY;
  }
}
