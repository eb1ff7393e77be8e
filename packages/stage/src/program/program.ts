import {
  frameTimeMs,
  type PathQuality,
  type ProgramFrame,
  type SpaceSnapshot,
  type StageActivity,
  type StageGuard,
  type UserId,
  type VoiceLevel,
} from "@rostra/wire";
import type { StageEncoders } from "../encode/stage-encoders.ts";
import { meanSquare } from "../mix/mean-square.ts";
import { StageMix } from "../mix/stage-mix.ts";
import type { Speaker } from "../speaker/speaker.ts";
import { DeadAir } from "./dead-air.ts";
import { HoldingFade, type HoldingSound, holdingFrame, holdingPacket } from "./holding.ts";

/** What one speaker hears in one tick. */
export interface FeedPacket {
  readonly speaker: Speaker;
  readonly packet: Uint8Array;
}

/** A speaker whose sound could not be made; they are out of the mix from now on. */
export interface BrokenSpeaker {
  readonly speaker: Speaker;
  readonly error: unknown;
}

export interface TickOutput {
  readonly frame: ProgramFrame;
  readonly feeds: readonly FeedPacket[];
  readonly broken: readonly BrokenSpeaker[];
}

/** Whom a program tells what its guards notice. */
export type OnGuard = (news: StageGuard) => void;

/** No packet from anybody who may be heard for this long: the program goes back to holding. */
const HOLD_AFTER_MS = 500;

/**
 * The mix of one space. Pure: `tick` is driven by frame numbers alone, so an hour of it can run
 * in seconds. Owns its encoders; the speakers belong to their sessions.
 */
export class Program {
  readonly #encoders: StageEncoders;
  readonly #holding: HoldingSound;
  readonly #onGuard: OnGuard;
  readonly #fade: HoldingFade;
  readonly #deadAir = new DeadAir();
  readonly #mix = new StageMix();
  readonly #speakers = new Set<Speaker>();
  #snapshot: SpaceSnapshot;

  constructor(
    snapshot: SpaceSnapshot,
    encoders: StageEncoders,
    holding: HoldingSound,
    onGuard: OnGuard = () => {},
  ) {
    this.#onGuard = onGuard;
    this.#snapshot = snapshot;
    this.#encoders = encoders;
    this.#holding = holding;
    this.#fade = new HoldingFade(holding);
  }

  get snapshot(): SpaceSnapshot {
    return this.#snapshot;
  }

  /** The space changed: who is muted, whether it is on air. */
  update(snapshot: SpaceSnapshot): void {
    this.#snapshot = snapshot;
    for (const speaker of this.#speakers) speaker.setMuted(this.#isMuted(speaker.userId));
  }

  add(speaker: Speaker): void {
    speaker.setMuted(this.#isMuted(speaker.userId));
    this.#speakers.add(speaker);
  }

  remove(speaker: Speaker): void {
    this.#speakers.delete(speaker);
  }

  /** Somebody who isn't on stage has nothing to be heard with. */
  #isMuted(userId: UserId): boolean {
    return this.#snapshot.members.find(({ id }) => id === userId)?.muted ?? true;
  }

  tick(number: number): TickOutput {
    const nowMs = frameTimeMs(this.#snapshot.epochMs, number);
    const broken = this.#tickSpeakers(nowMs);
    this.#mix.mix([...this.#speakers].map(({ pcm }) => pcm));
    this.#watchDeadAir(nowMs);
    this.#fade.advance(this.#isHeard(nowMs) && !this.#deadAir.isDead);
    const frame = this.#frame(number);
    return { frame, feeds: this.#feeds(frame), broken };
  }

  /** One who can't be decoded must not silence the others. */
  #tickSpeakers(nowMs: number): BrokenSpeaker[] {
    const broken: BrokenSpeaker[] = [];
    for (const speaker of this.#speakers) {
      try {
        speaker.tick(nowMs);
      } catch (error) {
        this.#speakers.delete(speaker);
        broken.push({ speaker, error });
      }
    }
    return broken;
  }

  #watchDeadAir(nowMs: number): void {
    const wasWarned = this.#deadAir.isWarned;
    this.#deadAir.advance({
      isWatched: this.#snapshot.state === "live" && this.#connected(nowMs).length > 0,
      deadAirSeconds: this.#snapshot.settings.deadAirSeconds,
      isSpoken: [...this.#speakers].some(({ isSpeaking }) => isSpeaking),
      meanSquare: meanSquare(this.#mix.everyone),
    });
    const { isWarned } = this.#deadAir;
    if (isWarned === wasWarned) return;
    this.#onGuard({ type: "guard", kind: "dead-air", id: null, active: isWarned });
  }

  #isHeard(nowMs: number): boolean {
    if (this.#snapshot.state !== "live") return false;
    for (const speaker of this.#speakers) {
      if (nowMs - speaker.deliveredAtMs < HOLD_AFTER_MS) return true;
    }
    return false;
  }

  #frame(number: number): ProgramFrame {
    if (this.#fade.isAllHolding) {
      return { number, packet: holdingPacket(this.#holding, number), holding: true };
    }
    let pcm = this.#mix.everyone;
    if (!this.#fade.isAllVoices) {
      pcm = pcm.slice();
      this.#fade.addTo(pcm, number);
    }
    // Where the encoder begins anew, listeners have just heard holding sound.
    const before = holdingFrame(this.#holding, Math.max(0, number - 1));
    return { number, packet: this.#encoders.program.encode(number, pcm, before), holding: false };
  }

  /**
   * Talkers get a mix without their own voice, encoded for each. All others share one packet: the
   * program's own where that is nothing but voices. It holds every voice, so whoever isn't talking
   * must really be silent: see TALKING_MEAN_SQUARE.
   */
  #feeds(frame: ProgramFrame): FeedPacket[] {
    const { number } = frame;
    const { everyone, before } = this.#mix;
    let shared = this.#fade.isAllVoices ? frame.packet : undefined;
    const feeds: FeedPacket[] = [];
    for (const speaker of this.#speakers) {
      if (speaker.returnFeed === null) continue;
      let packet: Uint8Array;
      if (speaker.isTalking) {
        packet = speaker.returnFeed.encode(number, this.#mix.without(speaker.pcm), before);
      } else {
        shared ??= this.#encoders.shared.encode(number, everyone, before);
        packet = shared;
      }
      feeds.push({ speaker, packet });
    }
    return feeds;
  }

  /** Who is connected and who speaks; sorted, so that equal states are equal. */
  activity(nowMs: number): StageActivity {
    const connected: UserId[] = [];
    const speaking: UserId[] = [];
    for (const speaker of this.#connected(nowMs)) {
      connected.push(speaker.userId);
      if (speaker.isSpeaking) speaking.push(speaker.userId);
    }
    return {
      connected: connected.sort(),
      speaking: speaking.sort(),
      deadAir: this.#deadAir.isDead,
    };
  }

  /** How loud each voice arrives, of all who are connected: for the host's console. */
  stageLevels(nowMs: number): VoiceLevel[] {
    return this.#connected(nowMs).map(({ voiceLevel }) => voiceLevel);
  }

  /** How well each connected speaker's packets come through. */
  stageQuality(nowMs: number): PathQuality[] {
    return this.#connected(nowMs).map((speaker) => speaker.pathQuality(nowMs));
  }

  /** One for each member: of two connections, the newer. */
  #connected(nowMs: number): Speaker[] {
    const byUser = new Map<UserId, Speaker>();
    for (const speaker of this.#speakers) {
      if (speaker.isConnected(nowMs)) byUser.set(speaker.userId, speaker);
    }
    return [...byUser.values()];
  }

  close(): void {
    this.#encoders.close();
  }
}
