import { fitted } from "@rostra/sound";
import {
  type Channels,
  FRAME_SAMPLES,
  FRAMES_PER_SECOND,
  frameTimeMs,
  type PathQuality,
  type ProgramFrame,
  type SpaceSnapshot,
  type StageActivity,
  type StageTiming,
  type UserId,
  type VoiceLevel,
  type VoicePlace,
} from "@rostra/wire";
import { type FeedPacket, ReturnFeeds } from "../encode/return-feeds.ts";
import type { StageEncoders } from "../encode/stage-encoders.ts";
import { FloorControl } from "../mix/floor-control.ts";
import { meanSquare } from "../mix/mean-square.ts";
import { StageMix } from "../mix/stage-mix.ts";
import { OFF_STAGE, type Standing, standingsOf } from "../mix/standing.ts";
import type { Speaker } from "../speaker/speaker.ts";
import { DeadAir } from "./dead-air.ts";
import { GuardWatch, type OnGuard } from "./guard-watch.ts";
import { HoldingFade, type HoldingSound, heldFrame, holdingFrame } from "./holding.ts";
import type { StagePart } from "./stage-pairs.ts";

/** A speaker whose sound could not be made; they are out of the mix from now on. */
export interface BrokenSpeaker {
  readonly speaker: Speaker;
  readonly error: unknown;
}

export interface TickOutput {
  readonly frame: ProgramFrame;
  readonly feeds: readonly FeedPacket[];
  readonly broken: readonly BrokenSpeaker[];
  /** Of how many voices on air the frame holds sound that was received. */
  readonly voices: number;
}

const AT_REST: Omit<TickOutput, "frame"> = { feeds: [], broken: [], voices: 0 };
/** No packet from anybody who may be heard for this long: the program goes back to holding. */
const HOLD_AFTER_MS = 500;
/** While nobody is in charge, the holding sound doesn't wait for dead air: a pause will do. */
const HOLD_UNATTENDED_AFTER_SECONDS = 2;
/** After so long with nobody there all that sounds on, and all that is judged over a while, has run out. */
const REST_AFTER_FRAMES = 5 * FRAMES_PER_SECOND;
/** What waits for longer than this is never played: see the bounds of the playout. */
const STALE_AFTER_FRAMES = FRAMES_PER_SECOND;

/**
 * The mix of one space. Pure: `tick` is driven by frame numbers alone, so an hour of it can run
 * in seconds. Owns its encoders; the speakers belong to their sessions.
 */
export class Program {
  #encoders: StageEncoders;
  readonly #holding: HoldingSound;
  readonly #guards: GuardWatch;
  readonly #floor = new FloorControl();
  readonly #fade: HoldingFade;
  readonly #deadAir = new DeadAir();
  /** The same, for a space that nobody runs for the moment. */
  readonly #unattended = new DeadAir();
  /** Of as many channels as the encoders take; a voice may have one or two. */
  #mix: StageMix;
  #feeds: ReturnFeeds;
  readonly #speakers = new Set<Speaker>();
  #snapshot: SpaceSnapshot;
  #standings: ReadonlyMap<UserId, Standing>;
  /** When each member's voice last had to go elsewhere: number of the frame. */
  #changedAt: ReadonlyMap<UserId, number> = new Map();
  #number = 0;
  /** Frames since anybody was connected. */
  #emptyFrames = 0;

  constructor(
    snapshot: SpaceSnapshot,
    encoders: StageEncoders,
    holding: HoldingSound,
    onGuard: OnGuard = () => {},
  ) {
    this.#guards = new GuardWatch(onGuard);
    this.#snapshot = snapshot;
    this.#standings = standingsOf(snapshot, new Map());
    this.#encoders = encoders;
    this.#mix = new StageMix(encoders.channels);
    this.#feeds = new ReturnFeeds(encoders.shared);
    this.#holding = holding;
    this.#fade = new HoldingFade(holding);
  }

  get snapshot(): SpaceSnapshot {
    return this.#snapshot;
  }

  /** The space changed: who is muted, on which channel, whether it is on air. */
  update(snapshot: SpaceSnapshot): void {
    const before = this.#standings;
    this.#snapshot = snapshot;
    this.#standings = standingsOf(snapshot, before);
    this.#changedAt = new Map(
      [...this.#standings].map(([id, now]) => {
        const was = before.get(id) ?? OFF_STAGE;
        const isSame = was.bus === now.bus && was.isMuted === now.isMuted;
        return [id, isSame ? (this.#changedAt.get(id) ?? Number.NEGATIVE_INFINITY) : this.#number];
      }),
    );
    for (const speaker of this.#speakers) speaker.place(this.#standingOf(speaker));
  }

  get channels(): Channels {
    return this.#encoders.channels;
  }

  /**
   * Goes on with other encoders, because the space's sound has changed: before air, where a mix that
   * begins anew takes nobody's words away. Closes those before.
   */
  refit(encoders: StageEncoders): void {
    this.#encoders.close();
    this.#encoders = encoders;
    this.#mix = new StageMix(encoders.channels);
    this.#feeds = new ReturnFeeds(encoders.shared);
  }

  /** A connection that has just become the one of its member, with what it has received so far. */
  add(speaker: Speaker): void {
    speaker.place(this.#standingOf(speaker));
    const changedAt = this.#changedAt.get(speaker.userId) ?? Number.NEGATIVE_INFINITY;
    // It waited through a change: what it holds may be from before.
    if (this.#number - changedAt < STALE_AFTER_FRAMES) speaker.cut();
    this.#speakers.add(speaker);
  }

  /** Nobody is connected. */
  get isEmpty(): boolean {
    return this.#speakers.size === 0;
  }

  remove(speaker: Speaker): void {
    this.#speakers.delete(speaker);
  }

  #standingOf({ userId }: Speaker): Standing {
    return this.#standings.get(userId) ?? OFF_STAGE;
  }

  tick(number: number): TickOutput {
    this.#number = number;
    this.#emptyFrames = this.isEmpty ? this.#emptyFrames + 1 : 0;
    if (this.#isAtRest) return { ...AT_REST, frame: heldFrame(this.#holding, number) };
    const nowMs = frameTimeMs(this.#snapshot.epochMs, number);
    const broken = this.#tickSpeakers(nowMs);
    this.#mixVoices(number);
    this.#watch(nowMs);
    const isDead = this.#deadAir.isDead || this.#unattended.isDead;
    this.#fade.advance(this.#isHeard(nowMs) && !isDead);
    const frame = this.#frame(number);
    const program = this.#fade.isAllVoices ? frame.packet : undefined;
    const feeds = this.#feeds.make(number, this.#mix, this.#speakers, program);
    return { frame, feeds, broken, voices: this.#voicesReceived() };
  }

  /** There is nothing to mix, and nothing left of what was: most of a silent space's cost. */
  get #isAtRest(): boolean {
    return this.#emptyFrames > REST_AFTER_FRAMES && this.#fade.isAllHolding;
  }

  #voicesReceived(): number {
    let voices = 0;
    for (const { bus, isReceived } of this.#speakers)
      if (bus === "program" && isReceived) voices += 1;
    return voices;
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

  #mixVoices(number: number): void {
    this.#controlFloor();
    this.#mix.begin(number);
    for (const speaker of this.#speakers) {
      speaker.finish();
      if (speaker.isSounding) this.#mix.add(speaker);
    }
    this.#mix.finish();
  }

  /** Among those who are heard by all: on air, or in the room before it. */
  #controlFloor(): void {
    const voices = [...this.#speakers].filter(({ bus }) => bus === "program" || bus === "room");
    this.#floor.advance(voices, this.#snapshot.settings.floorControl);
    for (const { userId, pcm } of voices) this.#floor.apply(userId, pcm);
  }

  #watch(nowMs: number): void {
    const { state, settings, endsAtMs } = this.#snapshot;
    const moment = {
      isWatched: state === "live" && this.#connected(nowMs).length > 0,
      deadAirSeconds: settings.deadAirSeconds,
      isSpoken: this.#isOnAir(({ isSpeaking }) => isSpeaking),
      meanSquare: meanSquare(this.#mix.onAir),
    };
    this.#deadAir.advance(moment);
    this.#unattended.advance({
      ...moment,
      isWatched: moment.isWatched && endsAtMs !== null,
      deadAirSeconds: HOLD_UNATTENDED_AFTER_SECONDS,
    });
    this.#guards.advance(this.#speakers, this.#deadAir.isWarned);
  }

  #isHeard(nowMs: number): boolean {
    return this.#isOnAir(({ deliveredAtMs }) => nowMs - deliveredAtMs < HOLD_AFTER_MS);
  }

  /** Whether that is so of anybody whose voice goes into the program. */
  #isOnAir(isSo: (speaker: Speaker) => boolean): boolean {
    for (const speaker of this.#speakers) {
      if (speaker.standing.bus === "program" && isSo(speaker)) return true;
    }
    return false;
  }

  #frame(number: number): ProgramFrame {
    if (this.#fade.isAllHolding) {
      return heldFrame(this.#holding, number);
    }
    let pcm = this.#mix.onAir;
    if (!this.#fade.isAllVoices) {
      pcm = pcm.slice();
      this.#fade.addTo(pcm, number);
    }
    // Where the encoder begins anew, listeners have just heard holding sound.
    const before = holdingFrame(this.#holding, Math.max(0, number - 1));
    const { program, thin } = this.#encoders;
    return {
      number,
      packet: program.encode(number, pcm, before),
      thin: thin.encode(number, fitted(pcm, FRAME_SAMPLES), before),
      holding: false,
    };
  }

  /** Who is connected and who speaks; sorted, so that equal states are equal. */
  activity(nowMs: number): StageActivity {
    const connected: UserId[] = [];
    const speaking: UserId[] = [];
    for (const speaker of this.#connected(nowMs)) {
      connected.push(speaker.userId);
      const isPublic = speaker.bus === "program" || speaker.bus === "room";
      if (speaker.isSpeaking && isPublic) speaking.push(speaker.userId);
    }
    return {
      connected: connected.sort(),
      speaking: speaking.sort(),
      deadAir: this.#deadAir.isDead,
    };
  }

  /** Where each voice is at the beginning of the next frame, as far as anybody knows. */
  voicePlaces(): VoicePlace[] {
    return inOrder([...this.#speakers].map(({ voicePlace }) => voicePlace));
  }

  /** Where each voice would be at the beginning of frame `number`, if it were for us alone. */
  ownPlaces(number: number): VoicePlace[] {
    const nowMs = frameTimeMs(this.#snapshot.epochMs, number);
    return inOrder([...this.#speakers].map((speaker) => speaker.ownPlace(nowMs)));
  }

  /**
   * Takes what the other stage of a pair says of voices.
   * @param part of this stage: the second follows, the first waits
   * @param timing undefined: there is no other stage
   */
  heed(part: StagePart, timing: StageTiming | undefined): void {
    const places = new Map(timing?.voices.map((place) => [place.id, place]));
    const atMs = frameTimeMs(this.#snapshot.epochMs, timing?.frame ?? 0);
    for (const speaker of this.#speakers) {
      const place = places.get(speaker.userId);
      // Of whom nothing is said now: they go on from where they were.
      if (place === undefined && timing !== undefined) continue;
      speaker.follow(part === "second" ? place : undefined, atMs);
      speaker.wait(part === "first" ? place : undefined, atMs);
    }
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

/** By id, so that equal states are equal. */
function inOrder(places: readonly (VoicePlace | undefined)[]): VoicePlace[] {
  return places.filter((place) => place !== undefined).sort((a, b) => (a.id < b.id ? -1 : 1));
}
