import {
  type Cancel,
  CLOSE,
  channelsOf,
  FRAME_MS,
  frameTimeMs,
  type ListenerMessage,
  type ProgramFrame,
  type RoomEvent,
  type RostraError,
} from "@rostra/wire";
import { HeardAnswers } from "../audience/heard-answers.ts";
import { type Observable, Subject, type Unsubscribe } from "../observable.ts";
import { browserPlatform, fetchFrames, originOf } from "../platform.ts";
import { FallingBehind, TOLD_BEHIND_MS } from "./behind.ts";
import { GapFiller } from "./connection/gap-filler.ts";
import { LiveConnection } from "./connection/live-connection.ts";
import type { Crowded } from "./connection/room.ts";
import { savesData } from "./data-saver.ts";
import { HoldingRuns } from "./holding-runs.ts";
import { clampVolume, type ListenerPlatform, type SpaceListenerOptions } from "./options.ts";
import type { Meanwhile } from "./output/meanwhile.ts";
import { openOutput } from "./output/open-output.ts";
import type { Output, OutputReport } from "./output/output.ts";
import { roomNews } from "./room-news.ts";
import { ServerClock } from "./server-clock.ts";
import { type ConnectionState, IDLE_STATE, type ListenerState } from "./state.ts";

/** Until a welcome says otherwise. */
const DEFAULT_CADENCE_MS = 100;
/** After the space's end: how long a plain stream may go on before it is let go. */
const LAST_WORDS_MS = 3_000;
/** Sound at hand that is newer than this is live: a jump needs nothing else from the server. */
const LIVE_WITHIN_MS = 2_000;

/**
 * Hears one space. `open` connects for the room's events alone; `start` adds sound; `pause` keeps
 * the place, `stop` doesn't. It reconnects by itself, for as long as it isn't closed, and hears what
 * it missed meanwhile.
 */
export class SpaceListener {
  readonly #options: SpaceListenerOptions;
  readonly #platform: ListenerPlatform;
  readonly #state: Subject<ListenerState>;
  readonly #connection: LiveConnection;
  readonly #serverClock = new ServerClock();
  readonly #falling: FallingBehind;
  readonly #gaps: GapFiller;
  /** First frame that isn't at hand, of who paused; null where none was. */
  #resumeFrom: number | null = null;
  readonly #heard: HeardAnswers;
  readonly #onEvents = new Set<(event: RoomEvent) => void>();
  #holding = new HoldingRuns();
  #output: Output | null = null;
  /** Where there is no room: what is to be heard, and what plays it. */
  #crowded: Crowded | null = null;
  #meanwhile: Meanwhile | null = null;
  #cadenceMs = DEFAULT_CADENCE_MS;
  /** Kept apart: the connection's error and the output's come and go on their own. */
  #connectionError: RostraError | null = null;
  #outputError: RostraError | null = null;
  #cancelEnding: Cancel = () => {};
  #closed = false;

  constructor(options: SpaceListenerOptions, platform?: ListenerPlatform) {
    this.#options = options;
    this.#platform = platform ?? { ...browserPlatform(), openOutput, savesData, fetchFrames };
    this.#state = new Subject<ListenerState>({
      ...IDLE_STATE,
      volume: clampVolume(options.volume),
    });
    this.#falling = new FallingBehind(this.#platform.clock, (behindMs) =>
      this.#state.patch({ behindMs }),
    );
    this.#connection = new LiveConnection(
      this.#platform,
      { ...options, origin: originOf(options.baseUrl) },
      {
        event: (event) => {
          this.#onEvent(event);
          for (const listener of [...this.#onEvents]) listener(event);
        },
        frames: (frames, live) => this.#gaps.push(frames, live),
        state: (state, error) => this.#onConnection(state, error),
        crowded: (room) => void this.#onCrowded(room),
      },
    );
    this.#gaps = new GapFiller({
      clock: this.#platform.clock,
      random: this.#platform.random,
      fetchFrames: (from, to) => {
        const thin = this.#state.value.dataSaver ? "&rendition=thin" : "";
        const path = `/live/${options.spaceId}/frames?from=${from}&to=${to}${thin}`;
        return this.#platform.fetchFrames(originOf(options.baseUrl) + path);
      },
      out: (frames, live) => this.#onFrames(frames, live),
    });
    this.#heard = new HeardAnswers(this.#platform.clock, this.#platform.random, () =>
      this.say({ type: "heard" }),
    );
    this.setDataSaver(options.dataSaver ?? this.#platform.savesData());
  }

  get state(): Observable<ListenerState> {
    return this.#state;
  }

  /** Says something to the room: a reaction, or who we are. Lost where there is no connection. */
  say(message: ListenerMessage): void {
    this.#connection.say(message);
  }

  /** What happens rather than is, such as reactions: called after the state has taken it in. */
  onEvent(listener: (event: RoomEvent) => void): Unsubscribe {
    this.#onEvents.add(listener);
    return () => void this.#onEvents.delete(listener);
  }

  /** Connects for room events without sound. Doing it again changes nothing. */
  open(): void {
    if (!this.#closed) this.#connection.open();
  }

  /**
   * Plays: at live, or after `pause` from where that was. Call it in a click or key handler, before
   * any `await`: browsers give sound to gestures only. Opens the connection if need be. Resolves once the browser lets it play. Of a
   * space that has ended there is nothing to play: then it does nothing.
   * @throws {ListenerError} `needs-gesture`, `no-output`
   */
  async start(): Promise<void> {
    if (this.#closed || this.#state.value.connection === "ended") return;
    if (this.#output !== null) {
      if (this.#state.value.paused) await this.#playOn(this.#output);
      return;
    }
    const output = this.#openOutput();
    this.#output = output;
    this.#holding = new HoldingRuns();
    this.#outputError = null;
    this.#state.patch({ wanted: true, output: output.kind, lostFrames: 0, error: this.#error() });
    this.#connection.setSound(output.takesFrames);
    this.#connection.open();
    try {
      await output.ready;
    } catch (cause) {
      // Stopped in the meantime: nobody waits for this any more.
      if (this.#output !== output) return;
      this.stop();
      throw this.#failed(cause as RostraError);
    }
  }

  /**
   * Stops the sound and keeps the place: `start` plays on from here, as far behind live as the pause
   * was long, for as long as edges keep sound. What is said meanwhile isn't fetched until then. A
   * plain stream has no place to keep, and what hasn't begun none either: that is a `stop`.
   */
  pause(): void {
    const output = this.#output;
    const { paused, playedFrame, behindMs } = this.#state.value;
    if (output === null || paused) return;
    if (!output.takesFrames || playedFrame === null || this.#isOver()) {
      this.stop();
      return;
    }
    output.pause();
    const { lastFrame } = this.#connection;
    this.#resumeFrom = lastFrame === null ? null : lastFrame + 1;
    this.#connection.setSound(false);
    this.#state.patch({ wanted: false, playing: false, paused: true, delayMs: null, rate: 1 });
    this.#falling.start(behindMs);
  }

  async #playOn(
    output: Output,
    following = this.#falling.behindMs < TOLD_BEHIND_MS,
  ): Promise<void> {
    this.#falling.stop();
    output.setFollowing(following, following ? 0 : this.#falling.behindMs);
    this.#outputError = null;
    this.#state.patch({ wanted: true, paused: false, following, error: this.#error() });
    this.#connection.setSound(true, this.#resumeFrom);
    try {
      await output.resume();
    } catch (cause) {
      if (this.#output !== output || !this.#state.value.wanted) return;
      this.pause();
      throw this.#failed(cause as RostraError);
    }
  }

  /**
   * Leaves out what lies between here and live, and plays: call it in a gesture.
   * @throws {ListenerError} `needs-gesture`, where it was paused
   */
  async jumpToLive(): Promise<void> {
    const output = this.#output;
    if (output === null || !output.takesFrames) return;
    this.#gaps.reset();
    output.jumpToLive();
    this.#state.patch({ following: true, behindMs: 0, missedMs: 0 });
    if (this.#state.value.paused) {
      this.#resumeFrom = null;
      await this.#playOn(output, true);
    } else if (!this.#hasLiveSound()) {
      this.#connection.rejoinLive();
    }
  }

  #hasLiveSound(): boolean {
    const { lastFrame } = this.#connection;
    const { space } = this.#state.value;
    const nowMs = this.#serverClock.atMs(this.#platform.clock.nowMs());
    if (lastFrame === null || space === null || nowMs === null) return false;
    return nowMs - frameTimeMs(space.epochMs, lastFrame) < LIVE_WITHIN_MS;
  }

  /** Stops the sound; room events keep coming. `start` comes back at live. */
  stop(): void {
    const output = this.#output;
    if (output === null) return;
    this.#output = null;
    this.#endMeanwhile();
    this.#gaps.reset();
    this.#resumeFrom = null;
    this.#falling.stop();
    this.#cancelEnding();
    // Nothing waits for it: it is silent at once, the rest is the browser's housekeeping.
    void output.close();
    this.#connection.setSound(false, null, CLOSE.normal);
    this.#state.patch({
      wanted: false,
      paused: false,
      playing: false,
      playedFrame: null,
      delayMs: null,
      behindMs: 0,
      following: true,
      rate: 1,
      missedMs: 0,
      bufferedMs: 0,
      holding: this.#holding.newest,
    });
  }

  /** @param volume 0 to 1. iOS leaves the volume to its buttons and ignores this in elements. */
  setVolume(volume: number): void {
    const clamped = clampVolume(volume);
    this.#state.patch({ volume: clamped });
    this.#output?.setVolume(clamped);
  }

  /** Asks for the thin rendition, or for the program again; not a frame is missed. */
  setDataSaver(dataSaver: boolean): void {
    this.#connection.setRendition(dataSaver ? "thin" : "full");
    this.#state.patch({ dataSaver, rendition: dataSaver ? "thin" : "full" });
  }

  /** Ends connection and sound for good. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const output = this.#output;
    this.stop();
    this.#heard.close();
    this.#onEvents.clear();
    this.#connection.close();
    this.#state.patch({ connection: "idle", error: null });
    await output?.close();
  }

  #openOutput(): Output {
    try {
      return this.#platform.openOutput(this.#options.output ?? "auto", {
        clock: this.#platform.clock,
        origin: originOf(this.#options.baseUrl),
        spaceId: this.#options.spaceId,
        volume: this.#state.value.volume,
        cadenceMs: this.#cadenceMs,
        channels: channelsOf(this.#state.value.space?.settings.sound ?? "voice"),
        report: (report) => this.#onReport(report),
        stopped: () => this.pause(),
      });
    } catch (cause) {
      throw this.#failed(cause as RostraError);
    }
  }

  /** Heard only by who wants sound; its code is loaded when it's needed. */
  async #onCrowded(room: Crowded | null): Promise<void> {
    this.#crowded = room;
    this.#state.patch({ crowded: room?.kind ?? null });
    if (room !== null && this.#meanwhile === null) {
      const { Meanwhile } = await import("./output/meanwhile.ts");
      this.#meanwhile ??= new Meanwhile();
    }
    // Meanwhile there may be room again, or nobody who wants to hear.
    const { wanted, volume } = this.#state.value;
    if (this.#crowded !== null && wanted) this.#meanwhile?.play(this.#crowded, volume);
    else this.#endMeanwhile();
  }

  #endMeanwhile(): void {
    this.#meanwhile?.close();
    this.#meanwhile = null;
  }

  #isOver(): boolean {
    const { connection } = this.#state.value;
    return connection === "ended" || connection === "refused";
  }

  #failed(error: RostraError): RostraError {
    this.#outputError = error;
    this.#state.patch({ error });
    return error;
  }

  #error(): RostraError | null {
    return this.#connectionError ?? this.#outputError;
  }

  #onConnection(connection: ConnectionState, error: RostraError | null): void {
    this.#connectionError = error;
    this.#state.patch({ connection, error: this.#error() });
    if (this.#isOver()) this.#finish();
  }

  /** Lets the buffer play out, then the output go. */
  #finish(): void {
    const { space, bufferedMs } = this.#state.value;
    // The last event may have been lost with the connection: an ended space is shown as one.
    if (space !== null && this.#state.value.connection === "ended" && space.state !== "ended") {
      this.#state.patch({ space: { ...space, state: "ended" } });
    }
    // Who was behind has all of it at hand; how much a browser's own stream holds is its guess.
    const takesFrames = this.#output?.takesFrames === true;
    const leftMs = takesFrames ? bufferedMs : Math.min(LAST_WORDS_MS, bufferedMs);
    this.#cancelEnding = this.#platform.clock.after(leftMs, () => this.stop());
  }

  #onEvent(event: RoomEvent): void {
    this.#state.patch(roomNews(event, this.#state.value));
    if (event.type === "welcome") {
      this.#serverClock.observe(event.serverTimeMs, this.#platform.clock.nowMs());
      this.#state.patch({ clockOffsetMs: this.#serverClock.offsetMs });
      this.#cadenceMs = event.cadenceMs;
      this.#output?.setCadence(event.cadenceMs);
      this.#noteWhatIsGone(event.oldestFrame);
    } else if (event.type === "cadence") {
      this.#cadenceMs = event.cadenceMs;
      this.#output?.setCadence(event.cadenceMs, event.fromFrame);
    } else if (event.type === "ask-heard") {
      this.#heard.asked(event.share);
    }
  }

  /** A pause longer than the edges keep sound: it plays on from the oldest that they have. */
  #noteWhatIsGone(oldestFrame: number | null): void {
    const from = this.#resumeFrom;
    if (from === null || !this.#state.value.wanted) return;
    this.#resumeFrom = null;
    const missedMs = ((oldestFrame ?? 0) - from) * FRAME_MS;
    if (missedMs > 0) this.#state.patch({ missedMs });
  }

  /** Shown with the output's next report: a page needn't redraw for every chunk. */
  #onFrames(frames: readonly ProgramFrame[], live: boolean): void {
    this.#holding.observe(frames);
    this.#output?.push(frames, live);
  }

  #onReport(report: OutputReport): void {
    // What the output still says as it comes to rest is no news.
    if (this.#output === null || this.#state.value.paused) return;
    this.#outputError = report.error;
    const { playedFrame } = report;
    if (report.playing && this.#state.value.volume > 0) this.#heard.played();
    this.#state.patch({
      playing: report.playing,
      playedFrame,
      bufferedMs: Math.round(report.bufferedMs),
      behindMs: Math.round(report.behindMs),
      following: report.following,
      rate: report.rate,
      lostFrames: report.lostFrames,
      latestFrame: this.#connection.lastFrame ?? this.#state.value.latestFrame,
      delayMs: report.playing ? this.#delayMs(playedFrame, report.latencyMs) : null,
      holding: playedFrame === null ? this.#holding.newest : this.#holding.at(playedFrame),
      error: this.#error(),
    });
  }

  #delayMs(playedFrame: number | null, latencyMs: number): number | null {
    const { space } = this.#state.value;
    const nowMs = this.#serverClock.atMs(this.#platform.clock.nowMs());
    if (playedFrame === null || space === null || nowMs === null) return null;
    return Math.round(nowMs - frameTimeMs(space.epochMs, playedFrame) + latencyMs);
  }
}
