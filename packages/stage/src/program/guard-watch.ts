import type { StageGuard, UserId } from "@rostra/wire";

/** What the guards notice of one voice. */
export interface GuardedVoice {
  readonly userId: UserId;
  readonly isHowling: boolean;
  readonly isEchoing: boolean;
}

/** Whom a program tells what its guards notice. */
export type OnGuard = (news: StageGuard) => void;

/** Tells once when a guard notices something, and once when it is over. */
export class GuardWatch {
  readonly #tell: OnGuard;
  readonly #active = { howl: new Set<UserId>(), echo: new Set<UserId>() };
  #isDeadAir = false;

  constructor(tell: OnGuard) {
    this.#tell = tell;
  }

  /** One frame on. */
  advance(voices: ReadonlySet<GuardedVoice>, isDeadAir: boolean): void {
    for (const voice of voices) {
      this.#note("howl", voice.userId, voice.isHowling);
      this.#note("echo", voice.userId, voice.isEchoing);
    }
    this.#forgetOthers(voices);
    if (isDeadAir === this.#isDeadAir) return;
    this.#isDeadAir = isDeadAir;
    this.#tell({ type: "guard", kind: "dead-air", id: null, active: isDeadAir });
  }

  #note(kind: "howl" | "echo", id: UserId, isActive: boolean): void {
    const active = this.#active[kind];
    if (active.has(id) === isActive) return;
    if (isActive) active.add(id);
    else active.delete(id);
    this.#tell({ type: "guard", kind, id, active: isActive });
  }

  /** Whoever left isn't a danger any more. */
  #forgetOthers(voices: ReadonlySet<GuardedVoice>): void {
    for (const kind of ["howl", "echo"] as const) {
      if (this.#active[kind].size === 0) continue;
      const here = new Set([...voices].map(({ userId }) => userId));
      for (const id of this.#active[kind]) if (!here.has(id)) this.#note(kind, id, false);
    }
  }
}
