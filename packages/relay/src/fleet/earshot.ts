import { fnv1a } from "@rostra/wire";

/** Processes that each beat names as heard: with more, a few by chance. */
const NAMED = 8;
/** Named by nobody for so long, and in so many beats, a process isn't heard. */
const UNHEARD_MS = 1_500;
const UNHEARD_BEATS = 4;
/** With names by chance, beats for each process over what one beat names: one in 10^8 errs (e^-20). */
const CHANCE_BEATS = 20;
/** Who hasn't been heard for so long isn't named, ms. */
const HEARD_MS = 2_000;

/**
 * Whether this process is heard by those whom it hears. Each beat names some of those that its
 * sender hears; who hears beats and is never named speaks into the void: its links are cut one way,
 * or it may not publish. However many processes there are, a beat stays small, and each is named
 * about as often. Pure.
 */
export class Earshot {
  readonly #own: number;
  readonly #random: () => number;
  readonly #heard = new Map<number, number>();
  #unnamedBeats = 0;
  #namedAtMs: number;

  /** @param random 0 to 1, for tests */
  constructor(author: string, nowMs: number, random: () => number = Math.random) {
    // Two of one name in a fleet make a fault hidden, no false one.
    this.#own = fnv1a(author);
    this.#namedAtMs = nowMs;
    this.#random = random;
  }

  /** @param names as its beat has them; undefined: of a version that names nobody */
  heard(author: string, names: readonly number[] | undefined, nowMs: number): void {
    this.#heard.set(fnv1a(author), nowMs);
    if (names === undefined) return;
    if (names.includes(this.#own)) {
      this.#unnamedBeats = 0;
      this.#namedAtMs = nowMs;
    } else {
      this.#unnamedBeats += 1;
    }
  }

  /** Whom the next beat names. */
  names(nowMs: number): number[] {
    for (const [name, atMs] of this.#heard) if (nowMs - atMs > HEARD_MS) this.#heard.delete(name);
    const all = [...this.#heard.keys()];
    if (all.length <= NAMED) return all;
    return Array.from({ length: NAMED }, () => all[Math.floor(this.#random() * all.length)]!);
  }

  isUnheard(nowMs: number): boolean {
    const others = this.#heard.size;
    const enough = others <= NAMED ? UNHEARD_BEATS : (CHANCE_BEATS * others) / NAMED;
    return this.#unnamedBeats >= enough && nowMs - this.#namedAtMs >= UNHEARD_MS;
  }

  /** Nothing could be heard for a while: it begins anew. */
  renew(nowMs: number): void {
    this.#unnamedBeats = 0;
    this.#namedAtMs = nowMs;
  }
}
