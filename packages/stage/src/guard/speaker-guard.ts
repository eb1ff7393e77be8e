import { VoiceGuard } from "@rostra/sound";
import type { StageGuard, UserId } from "@rostra/wire";

/**
 * The guard in one speaker's chain: keeps howl and echo out of the mix, and tells when either
 * begins and ends. Pure; one per speaker.
 */
export class SpeakerGuard {
  readonly #userId: UserId;
  readonly #guard = new VoiceGuard();
  readonly #told = { howl: false, echo: false };

  constructor(userId: UserId) {
    this.#userId = userId;
  }

  /**
   * Ducks `voice` in place where it howls, or is nothing but what was sent.
   * @param voice one frame, as decoded: before levelling
   * @param sent what this speaker was sent in the tick before; undefined: nothing
   * @param tell called for each guard news; seldom
   */
  process(
    voice: Float32Array,
    sent: Float32Array | undefined,
    tell: (news: StageGuard) => void,
  ): void {
    this.#guard.process(voice, sent);
    this.#tell(tell);
  }

  /** The member was muted, or their microphone became another: what was heard is forgotten. */
  reset(tell: (news: StageGuard) => void): void {
    this.#guard.reset();
    this.#tell(tell);
  }

  #tell(tell: (news: StageGuard) => void): void {
    this.#tellOf("howl", this.#guard.isHowling, tell);
    this.#tellOf("echo", this.#guard.isEchoing, tell);
  }

  #tellOf(kind: "howl" | "echo", active: boolean, tell: (news: StageGuard) => void): void {
    if (this.#told[kind] === active) return;
    this.#told[kind] = active;
    tell({ type: "guard", kind, id: this.#userId, active });
  }
}
