import { FRAME_MS, type StageRole, type UserId } from "@rostra/wire";

/** Whoever holds the floor has it until they have been quiet for so long. */
const RELEASE_AFTER_MS = 800;
/** How far down the voices below the highest that sounds are taken: one rank below, two and more. */
const DUCK_DB = [0, -9, -15] as const;
const DEEPEST_DB = 15;
/** From nothing to the deepest, and back. Both are slopes in dB, so that nothing jumps. */
const ATTACK_MS = 50;
const RELEASE_MS = 400;
const DOWN_DB_PER_FRAME = (DEEPEST_DB * FRAME_MS) / ATTACK_MS;
const UP_DB_PER_FRAME = (DEEPEST_DB * FRAME_MS) / RELEASE_MS;

/** A voice on air, in one frame. */
export interface FloorVoice {
  readonly userId: UserId;
  readonly standing: { readonly role: StageRole };
  /** With the hangover of the voice detector: pauses between words count as speaking. */
  readonly isSpeaking: boolean;
}

interface Place {
  /** 0: untouched. */
  duckDb: number;
  /** Gain at the end of the last frame. */
  gain: number;
  /** For how many frames they have spoken without a break; 0: they don't. */
  spokenFrames: number;
}

/**
 * Keeps talk-over intelligible. The floor is held by whoever speaks first, until they pause for
 * 800 ms. While somebody speaks, all who rank below the highest that does are turned down: holder,
 * then host and co-hosts, then the others. So nobody talks a holder down, the host included; but a
 * host is heard above everybody else at once, and is first in line for a floor that falls free.
 */
export class FloorControl {
  readonly #places = new Map<UserId, Place>();
  #holder: UserId | undefined;
  #quietMs = 0;

  /** Who has the floor. */
  get holder(): UserId | undefined {
    return this.#holder;
  }

  /** One frame on. @param isOn where false, everybody comes back to full and nobody holds */
  advance(voices: readonly FloorVoice[], isOn: boolean): void {
    this.#follow(voices);
    if (!isOn) this.#holder = undefined;
    else this.#passFloor(voices);
    const highest = isOn ? this.#highestSpeaking(voices) : Number.POSITIVE_INFINITY;
    for (const voice of voices) {
      const below = Math.max(0, Math.min(2, this.#rank(voice) - highest)) as 0 | 1 | 2;
      const place = this.#places.get(voice.userId)!;
      const missing = DUCK_DB[below] - place.duckDb;
      place.duckDb += Math.max(-DOWN_DB_PER_FRAME, Math.min(UP_DB_PER_FRAME, missing));
    }
  }

  /** Brings one voice's frame to where its owner stands, in place. Once a frame for each. */
  apply(userId: UserId, pcm: Float32Array): void {
    const place = this.#places.get(userId);
    if (place === undefined) return;
    const end = place.duckDb === 0 ? 1 : 10 ** (place.duckDb / 20);
    const start = place.gain;
    place.gain = end;
    if (start === 1 && end === 1) return;
    const step = (end - start) / pcm.length;
    for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! * (start + step * (i + 1));
  }

  /** Takes in who is there, and how long each has spoken. */
  #follow(voices: readonly FloorVoice[]): void {
    for (const { userId, isSpeaking } of voices) {
      let place = this.#places.get(userId);
      if (place === undefined) {
        place = { duckDb: 0, gain: 1, spokenFrames: 0 };
        this.#places.set(userId, place);
      }
      place.spokenFrames = isSpeaking ? place.spokenFrames + 1 : 0;
    }
    if (this.#places.size === voices.length) return;
    const here = new Set(voices.map(({ userId }) => userId));
    for (const userId of this.#places.keys()) if (!here.has(userId)) this.#places.delete(userId);
  }

  #passFloor(voices: readonly FloorVoice[]): void {
    const holds = this.#holder === undefined ? undefined : this.#places.get(this.#holder);
    if (holds !== undefined) {
      this.#quietMs = holds.spokenFrames > 0 ? 0 : this.#quietMs + FRAME_MS;
      if (this.#quietMs < RELEASE_AFTER_MS - HANGOVER_MS) return;
    }
    this.#holder = this.#firstInLine(voices);
    this.#quietMs = 0;
  }

  /** Hosts before others, then who has been speaking for the longest. */
  #firstInLine(voices: readonly FloorVoice[]): UserId | undefined {
    let first: FloorVoice | undefined;
    for (const voice of voices) {
      if (!voice.isSpeaking) continue;
      if (first === undefined || this.#isBefore(voice, first)) first = voice;
    }
    return first?.userId;
  }

  #isBefore(a: FloorVoice, b: FloorVoice): boolean {
    const ranks = rankOf(a.standing.role) - rankOf(b.standing.role);
    if (ranks !== 0) return ranks < 0;
    const since = (voice: FloorVoice) => this.#places.get(voice.userId)!.spokenFrames;
    return since(a) > since(b);
  }

  #highestSpeaking(voices: readonly FloorVoice[]): number {
    let highest = Number.POSITIVE_INFINITY;
    for (const voice of voices) {
      if (voice.isSpeaking) highest = Math.min(highest, this.#rank(voice));
    }
    return highest;
  }

  #rank({ userId, standing }: FloorVoice): number {
    return userId === this.#holder ? 0 : rankOf(standing.role);
  }
}

/** The voice detector says for so long that somebody speaks who doesn't any more. */
const HANGOVER_MS = 400;

function rankOf(role: StageRole): 1 | 2 {
  return role === "speaker" ? 2 : 1;
}
