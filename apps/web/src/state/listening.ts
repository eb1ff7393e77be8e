import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { attachMediaSession, type ListenerState, SpaceListener } from "@rostra/client";
import {
  type HandQueue,
  type ListenerCount,
  NO_HANDS,
  type Notice,
  type RaidNews,
  RostraError,
  type SpaceId,
  type SpaceSnapshot,
  type StageStatus,
  type UserId,
} from "@rostra/wire";
import { takeCarried } from "./carried.ts";
import { countdown } from "./countdown.ts";
import { loadDataSaver, saveDataSaver } from "./data-saver.ts";
import { failureWords } from "./failure.ts";
import { identity } from "./identity.ts";
import { lasting } from "./lasting.ts";
import { myBlocks } from "./my-blocks.ts";
import { observe } from "./observe.ts";
import { type PersonView, peopleOnStage } from "./person.ts";
import { type PlaceView, placeOf } from "./place.ts";
import { playerStatus, startWords } from "./player-status.ts";
import { isSameRoom, NO_STAGE, type RoomView, roomView } from "./room.ts";
import {
  atLevel,
  effectiveVolume,
  loadVolume,
  saveVolume,
  toggled,
  type Volume,
} from "./volume.ts";
import { listeningWords } from "./words.ts";

/** A gap between two words, or a stage that changes over, needs no explanation. */
const HOLDING_TOLD_AFTER_MS = 1_000;

/**
 * One visit to one space: the listener behind the page, and what the page shows of it. Owns the
 * connection; `close` ends it.
 *
 * The listener's state changes ten times a second while it plays. Each signal here changes only
 * when what it shows does, so that a view is drawn again only then.
 */
export class Listening {
  readonly spaceId: SpaceId;
  readonly listener: SpaceListener;
  readonly room: ReadonlySignal<RoomView>;
  readonly space: ReadonlySignal<SpaceSnapshot | null>;
  readonly stage: ReadonlySignal<StageStatus>;
  readonly people: ReadonlySignal<readonly PersonView[]>;
  /** The queue of raised hands, in numbers. */
  readonly hands: ReadonlySignal<HandQueue>;
  /** Seconds until the countdown to air ends, by the server's clock; null where none runs. */
  readonly secondsToAir: ReadonlySignal<number | null>;
  /** "1,204 listening"; empty while unknown. */
  readonly audience: ReadonlySignal<string>;
  /** All that is counted of the audience; null while unknown. */
  readonly counts: ReadonlySignal<ListenerCount | null>;
  /** What the hosts said last; null: nothing. */
  readonly notice: ReadonlySignal<Notice | null>;
  /** Raids that this space is part of, on either side. */
  readonly raids: ReadonlySignal<readonly RaidNews[]>;
  /** True from the first sound on: what isn't needed for it may load now. */
  readonly hasSounded: ReadonlySignal<boolean>;
  /** True between Play and Pause. */
  readonly wanted: ReadonlySignal<boolean>;
  /** Where on the space's line they are: at live, behind it, paused. */
  readonly place: ReadonlySignal<PlaceView>;
  /** Plays behind live, by enough to be told of it. */
  readonly isBehind: ReadonlySignal<boolean>;
  /** True where the thin rendition is asked for. */
  readonly dataSaver: ReadonlySignal<boolean>;
  readonly playerStatus: ReadonlySignal<string>;
  /** Why no sound leaves, as a sentence; null while all is well. */
  readonly problem: ReadonlySignal<string | null>;
  readonly #volume = signal<Volume>(loadVolume());
  readonly #startProblem = signal<string | null>(null);
  readonly #stops: (() => void)[] = [];
  /** Who was connected since the page is open. It only grows, with the members of one space. */
  readonly #seen = signal<ReadonlySet<UserId>>(new Set());
  #hasSounded = false;
  #isOnLockScreen = false;
  #gaveWayToStage = false;

  constructor(spaceId: SpaceId) {
    this.spaceId = spaceId;
    const carried = takeCarried(spaceId);
    this.listener = carried ?? newListener(spaceId, effectiveVolume(this.#volume.value));
    const { signal: state, stop } = observe(this.listener.state);
    this.#stops.push(stop);
    this.space = computed(() => state.value.space);
    this.stage = computed(() => state.value.stage ?? NO_STAGE);
    this.hands = computed(() => state.value.hands ?? NO_HANDS);
    this.secondsToAir = this.#secondsToAirOf(state);
    this.room = this.#roomOf(state);
    this.#noteWhoIsSeen();
    this.people = computed(() => {
      const space = this.space.value;
      if (space === null) return [];
      const me = identity.value?.user.id ?? null;
      const blocked = new Set(myBlocks.value.keys());
      return peopleOnStage(space, this.stage.value, { me, seen: this.#seen.value, blocked });
    });
    this.audience = computed(() => {
      const { listeners } = state.value;
      return listeners === null ? "" : listeningWords(listeners.now);
    });
    this.counts = computed(() => state.value.listeners);
    this.notice = computed(() => state.value.notice);
    this.raids = computed(() => state.value.raids);
    this.hasSounded = computed(() => {
      this.#hasSounded ||= state.value.playing;
      return this.#hasSounded;
    });
    this.wanted = computed(() => state.value.wanted);
    this.place = placeOf(state);
    this.isBehind = computed(() => this.wanted.value && this.place.value.behindS !== null);
    this.dataSaver = computed(() => state.value.dataSaver);
    this.playerStatus = computed(() => playerStatus(state.value, this.place.value));
    this.problem = computed(() => this.#startProblem.value ?? problemOf(state.value));
    this.listener.open();
    if (carried !== null) this.#playOn();
  }

  /**
   * It plays already: what a press of Play would set up is set up, as soon as the page that it comes
   * from has let go of the lock screen.
   */
  #playOn(): void {
    const timer = setTimeout(() => void this.play());
    this.#stops.push(() => clearTimeout(timer));
  }

  /** A moment by the server's clock, by this device's: ms since 1970. */
  toOwnClock(atMs: number): number {
    return atMs - this.listener.state.value.clockOffsetMs;
  }

  get volume(): ReadonlySignal<Volume> {
    return this.#volume;
  }

  /** Call it in a gesture. */
  toggle(): void {
    if (this.wanted.value) this.pause();
    else void this.play();
  }

  /** Call it in a gesture: browsers give sound to nothing else. */
  async play(): Promise<void> {
    await this.#begin(this.listener.start());
  }

  /** Call it in a gesture: who was paused plays again. */
  async jumpToLive(): Promise<void> {
    await this.#begin(this.listener.jumpToLive());
  }

  async #begin(started: Promise<void>): Promise<void> {
    this.#startProblem.value = null;
    this.#showOnLockScreen();
    try {
      await started;
    } catch (error) {
      const known = error instanceof RostraError ? startWords(error.code) : undefined;
      this.#startProblem.value = known ?? failureWords(error);
    }
  }

  pause(): void {
    this.#startProblem.value = null;
    this.listener.pause();
  }

  /** Lets the place go: Play is at live again. */
  stop(): void {
    this.listener.stop();
  }

  /** One's own program from the loudspeaker would come back through the microphone. */
  giveWayToStage(): void {
    this.#gaveWayToStage = true;
    if (this.wanted.value) this.listener.stop();
  }

  /** Off the stage again: who heard the others there, by whatever way they came, hears them on. */
  takeBackFromStage(): void {
    if (!this.#gaveWayToStage) return;
    this.#gaveWayToStage = false;
    void this.play();
  }

  setDataSaver(isOn: boolean): void {
    this.listener.setDataSaver(isOn);
    saveDataSaver(isOn);
  }

  setLevel(level: number): void {
    this.#setVolume(atLevel(level));
  }

  toggleSound(): void {
    this.#setVolume(toggled(this.#volume.value));
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.listener.close();
  }

  #setVolume(volume: Volume): void {
    this.#volume.value = volume;
    this.listener.setVolume(effectiveVolume(volume));
    saveVolume(volume);
  }

  #secondsToAirOf(state: ReadonlySignal<ListenerState>): ReadonlySignal<number | null> {
    const airsAt = computed(() => {
      const { space, clockOffsetMs } = state.value;
      const airsAtMs = space?.state === "backstage" ? space.airsAtMs : null;
      return airsAtMs === null ? null : airsAtMs - clockOffsetMs;
    });
    const seconds = countdown(airsAt);
    this.#stops.push(seconds.stop);
    return seconds.signal;
  }

  #noteWhoIsSeen(): void {
    const stop = effect(() => {
      const seen = this.#seen.peek();
      const isNew = this.stage.value.connected.some((id) => !seen.has(id));
      if (isNew) this.#seen.value = new Set([...seen, ...this.stage.value.connected]);
    });
    this.#stops.push(stop);
  }

  #showOnLockScreen(): void {
    const space = this.space.value;
    if (this.#isOnLockScreen || space === null) return;
    this.#isOnLockScreen = true;
    const artist = space.members.find((member) => member.role === "host")?.displayName;
    const artwork = [{ src: "/icon.svg", sizes: "any", type: "image/svg+xml" }];
    const info = { title: space.title, artwork, ...(artist === undefined ? {} : { artist }) };
    this.#stops.push(attachMediaSession(this.listener, info));
  }

  #roomOf(state: ReadonlySignal<ListenerState>): ReadonlySignal<RoomView> {
    let last: RoomView | undefined;
    const holding = lasting(
      computed(() => state.value.holding),
      HOLDING_TOLD_AFTER_MS,
    );
    this.#stops.push(holding.stop);
    return computed(() => {
      const secondsToAir = this.secondsToAir.value;
      const source = { ...state.value, holding: holding.signal.value, secondsToAir };
      const next = roomView(source, Date.now());
      if (last === undefined || !isSameRoom(last, next)) last = next;
      return last;
    });
  }
}

function newListener(spaceId: SpaceId, volume: number): SpaceListener {
  const dataSaver = loadDataSaver();
  const saving = dataSaver === undefined ? {} : { dataSaver };
  return new SpaceListener({ spaceId, volume, ...saving });
}

/** Sound that broke off later, rather than at Play. */
function problemOf({ wanted, error }: ListenerState): string | null {
  return wanted && error !== null ? (startWords(error.code) ?? null) : null;
}
