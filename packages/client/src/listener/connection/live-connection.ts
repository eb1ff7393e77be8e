import {
  type Cancel,
  CLOSE,
  encodeListenerMessage,
  FRAME_MS,
  hasProgram,
  LIMITS,
  type ListenerMessage,
  type MoveEvent,
  type ProgramFrame,
  type Rendition,
  type RoomEvent,
  type RostraError,
  type SpaceId,
  type SpaceState,
} from "@rostra/wire";
import { retryDelayMs } from "../../backoff.ts";
import { ListenerError } from "../../errors.ts";
import type { Unsubscribe } from "../../observable.ts";
import type { ConnectionState } from "../state.ts";
import type { ChangeOver } from "./change-over.ts";
import { Failures } from "./failures.ts";
import { Link, type LinkEnd, type LinkEvents } from "./link.ts";
import { liveQuery } from "./live-query.ts";
import type { ConnectionEvents, ConnectionPlatform, ConnectionTarget } from "./ports.ts";
import type { Crowded } from "./room.ts";
import type { SecondLink } from "./second-link.ts";
import { socketUrl } from "./socket.ts";

// The first message is the handshake's answer: one round trip or a few. A thin link gets more
// time with each failure, or it would never come through.
const FIRST_MESSAGE_MS = [2_000, 4_000, 8_000, 10_000];
/** Sound comes at least every second; five without any is a dead link. */
const SILENCE_WITH_SOUND_MS = 5_000;
/** Without sound there may be nothing to say; a fresh link now and then is cheap. */
const SILENCE_WITHOUT_SOUND_MS = 30_000;
/** A gap up to this is filled from the edge's ring; what was missed before that nobody has. */
const RESUME_MS = LIMITS.ringFrames * FRAME_MS;
/** Why is asked after the second failure, and then now and then: a storm needs no echo. */
const ASK_FIRST = 2;
const ASK_EVERY = 5;
/** So often in a row room found elsewhere is tried at once; after that at the usual pace. */
const HURRIED_MOVES = 3;
/** Who hears HLS meanwhile asks for room again after this, ms, and up to half as much more. */
const HLS_RETRY_MS = 20_000;
/** Between two attempts to move while the old link still works, ms, and up to as much more. */
const MOVE_RETRY_MS = 500;
/** What is needed where an edge falls silent is fetched so long after the first sound, ms, spread by: */
const PREPARE_MS = 2_000;
const PREPARE_SPREAD_MS = 10_000;
/** Keeps one space's live address connected: with sound or for events alone. */
export class LiveConnection {
  readonly #platform: ConnectionPlatform;
  readonly #events: ConnectionEvents;
  readonly #target: ConnectionTarget;
  /** Said once, by the first link that is let in with sound. */
  #cameFrom: SpaceId | undefined;
  /** The space's own address, and the one that is tried: there may be room elsewhere. */
  readonly #homeUrl: string;
  #liveUrl: string;
  #crowded = false;
  readonly #stopOnline: Unsubscribe;
  #state: ConnectionState = "idle";
  #link: Link | null = null;
  #cancelRetry: Cancel = () => {};
  /** The link that is to take over, beside the one that still works. */
  #changeOver: ChangeOver | null = null;
  #cancelMove: Cancel = () => {};
  /** What watches for an edge that falls silent, once it is loaded. */
  #second: SecondLink | null = null;
  #cancelPrepare: Cancel | null = null;
  #cadenceMs = 100;
  #linkSinceMs = 0;
  #joinMs = 0;
  /** Newest frame that there was as the link began: up to it, sound comes late. */
  #pastUpTo = Number.POSITIVE_INFINITY;
  readonly #failures = new Failures();
  #sound = false;
  #rendition: Rendition = "full";
  #spaceState: SpaceState | null = null;
  #lastFrame: number | null = null;
  #lastFrameAtMs = 0;

  constructor(platform: ConnectionPlatform, target: ConnectionTarget, events: ConnectionEvents) {
    [this.#platform, this.#target, this.#events] = [platform, target, events];
    this.#cameFrom = target.cameFrom;
    this.#homeUrl = `${target.origin}/live/${target.spaceId}`;
    this.#liveUrl = this.#homeUrl;
    this.#stopOnline = platform.onOnline(() => this.#reconnect());
  }

  /** Newest frame that came in by this connection since sound was asked for; null for none. */
  get lastFrame(): number | null {
    return this.#lastFrame;
  }

  /** Also tries again where it was refused: the person asks, the answer may be another now. */
  open(): void {
    if (this.#state !== "idle" && this.#state !== "refused") return;
    this.#failures.forget();
    this.#become("connecting", null);
    this.#connect();
  }

  /**
   * Changes over by a new link.
   * @param from number of the first frame that is wanted; null: sound starts at live
   * @param code how the link that there is ends: 1000 lets its place at the edge go
   */
  setSound(sound: boolean, from: number | null = null, code?: number): void {
    if (sound === this.#sound) return;
    this.#sound = sound;
    this.#lastFrame = from === null ? null : from - 1;
    this.#lastFrameAtMs = this.#platform.clock.nowMs();
    this.#reconnect(code);
  }

  /** Changes over by a new link; not a frame is missed. */
  setRendition(rendition: Rendition): void {
    if (rendition === this.#rendition) return;
    this.#rendition = rendition;
    if (this.#sound) this.#reconnect();
  }

  /** Lets go of what is still to come from the past: sound goes on at live. */
  rejoinLive(): void {
    this.#lastFrame = null;
    if (this.#sound) this.#reconnect();
  }

  #reconnect(code?: number): void {
    if (this.#state !== "idle" && !this.#isOver()) this.#connect(code);
  }

  /** Says something to the edge, where one is there. */
  say(message: ListenerMessage): void {
    this.#link?.say(encodeListenerMessage(message));
  }

  close(): void {
    this.#stopOnline();
    this.#dropLink(CLOSE.normal);
    this.#cancelPrepare?.();
    this.#second?.close();
    this.#state = "idle";
  }

  #isOver(): boolean {
    return this.#state === "ended" || this.#state === "refused";
  }

  #become(state: ConnectionState, error: RostraError | null): void {
    this.#state = state;
    this.#events.state(state, error);
  }

  #dropLink(code?: number): void {
    this.#cancelRetry();
    this.#dropChangeOver();
    this.#second?.begin();
    this.#link?.close(code);
    this.#link = null;
  }

  #connect(code?: number): void {
    this.#dropLink(code);
    this.#linkSinceMs = this.#platform.clock.nowMs();
    this.#pastUpTo = Number.POSITIVE_INFINITY;
    const patience = Math.min(this.#failures.count, FIRST_MESSAGE_MS.length - 1);
    this.#link = this.#openLink(this.#linkEvents, FIRST_MESSAGE_MS[patience]!);
  }

  readonly #linkEvents: LinkEvents = {
    event: (event) => this.#onEvent(event),
    frames: (frames) => this.#onFrames(frames),
    ended: (end) => this.#onEnded(end),
  };

  #openLink(events: LinkEvents, firstMessageMs: number, url = this.#liveUrl, isSecond = false) {
    const { clock, openSocket } = this.#platform;
    const isHeld = clock.nowMs() - this.#lastFrameAtMs <= RESUME_MS;
    const query = liveQuery({
      sound: this.#sound,
      from: this.#lastFrame !== null && isHeld ? this.#lastFrame + 1 : null,
      rendition: this.#rendition,
      cameFrom: this.#cameFrom,
      isSecond,
    });
    return new Link(
      {
        clock,
        openSocket,
        url: socketUrl(url, query),
        firstMessageMs,
        silenceMs: () => (this.#soundFlows() ? SILENCE_WITH_SOUND_MS : SILENCE_WITHOUT_SOUND_MS),
      },
      events,
    );
  }

  /** The edge goes: a link to another one takes over before this one is let go. Never rejects. */
  async #move(event: MoveEvent): Promise<void> {
    this.#dropChangeOver();
    const link = this.#link;
    // Where that can't be loaded either, the old link's end leads elsewhere.
    const part = await import("./change-over.ts").catch(() => undefined);
    if (part === undefined || link === null || link !== this.#link) return;
    const url = part.whereToMove(event, this.#platform.random()) ?? this.#homeUrl;
    this.#liveUrl = url.startsWith("/") ? this.#target.origin + url : url;
    this.#changeOver = new part.ChangeOver({
      ...this.#changeOverOptions(),
      open: (events) => this.#openLink(events, FIRST_MESSAGE_MS[0]!),
      onFailed: () => {
        this.#changeOver = null;
        const waitMs = MOVE_RETRY_MS * (1 + this.#platform.random());
        this.#cancelMove = this.#platform.clock.after(waitMs, () => void this.#move(event));
      },
    });
  }

  #changeOverOptions(url = this.#liveUrl) {
    return {
      events: this.#linkEvents,
      url,
      sinceMs: this.#platform.clock.nowMs(),
      waitsForSound: this.#soundFlows() && this.#lastFrame !== null,
      onReady: () => this.#adopt(),
    };
  }

  #adopt(): void {
    const changeOver = this.#changeOver;
    if (changeOver === null) return;
    this.#changeOver = null;
    this.#second?.begin(changeOver.isTry);
    this.#link?.close(CLOSE.normal);
    this.#link = changeOver.link;
    [this.#liveUrl, this.#linkSinceMs] = [changeOver.url, changeOver.sinceMs];
    changeOver.adopt();
  }

  /** Never rejects: without it a silent edge is left after five seconds. */
  async #prepare(): Promise<void> {
    const part = await import("./second-link.ts").catch(() => undefined);
    if (part === undefined || this.#state === "idle") return;
    this.#second = new part.SecondLink(this.#platform, this.#target, {
      cadenceMs: this.#cadenceMs,
      joinMs: () => this.#joinMs,
      isCurrent: (url) => url === this.#liveUrl,
      open: (url = this.#liveUrl, patienceMs, isSecond) => {
        if (this.#changeOver !== null || this.#link === null || !this.#soundFlows()) return;
        this.#changeOver = part.beginTry({
          ...this.#changeOverOptions(url),
          open: (events) => this.#openLink(events, patienceMs, url, isSecond),
          onFailed: () => {
            this.#changeOver = null;
            this.#second?.failed();
          },
        });
      },
    });
  }

  #dropChangeOver(): void {
    this.#cancelMove();
    this.#changeOver?.link.close(CLOSE.normal);
    this.#changeOver = null;
  }

  #soundFlows(): boolean {
    return this.#sound && this.#spaceState !== null && hasProgram(this.#spaceState);
  }

  #onEvent(event: RoomEvent): void {
    if (event.type === "welcome" || event.type === "space") this.#spaceState = event.space.state;
    if (event.type === "welcome") {
      this.#pastUpTo = event.latestFrame ?? -1;
      this.#joinMs = this.#platform.clock.nowMs() - this.#linkSinceMs;
      this.#setCadence(event.cadenceMs);
      this.#setCrowded(null);
      if (this.#sound) this.#cameFrom = undefined;
      if (this.#state !== "open") this.#become("open", null);
    }
    if (event.type === "cadence") this.#setCadence(event.cadenceMs, event.fromFrame);
    if (event.type === "move") void this.#move(event);
    this.#events.event(event);
  }

  #setCadence(cadenceMs: number, fromFrame?: number): void {
    this.#cadenceMs = cadenceMs;
    this.#second?.setCadence(cadenceMs, fromFrame);
  }

  #onFrames(came: readonly ProgramFrame[]): void {
    // Two links overlap for a moment: what one has brought the other needn't bring again.
    const frames = came.filter(({ number }) => number > (this.#lastFrame ?? -1));
    const last = frames.at(-1);
    if (last === undefined || !this.#sound) return;
    this.#lastFrame = Math.max(this.#lastFrame ?? 0, last.number);
    const { clock, random } = this.#platform;
    this.#lastFrameAtMs = clock.nowMs();
    const isLive = last.number > this.#pastUpTo;
    // It was the first of the two to go on: the other one isn't needed.
    if (this.#changeOver?.isTry === true) this.#dropChangeOver();
    this.#second?.arrived(last.number, isLive);
    const prepareMs = PREPARE_MS + random() * PREPARE_SPREAD_MS;
    this.#cancelPrepare ??= clock.after(prepareMs, () => void this.#prepare());
    this.#events.frames(frames, isLive);
  }

  #onEnded({ bye, code, answered, silent }: LinkEnd): void {
    this.#link = null;
    if (this.#changeOver !== null && !this.#isEnd(bye, code)) {
      this.#adopt();
      return;
    }
    this.#dropChangeOver();
    this.#second?.begin();
    if (silent && !this.#soundFlows()) {
      // Most likely nothing happened in the room: make sure, without alarming anyone.
      this.#connect();
      return;
    }
    if (this.#isEnd(bye, code)) {
      this.#become("ended", null);
      return;
    }
    if (bye?.retryAfterMs === null) {
      this.#become("refused", new ListenerError("refused", "The server asked not to come back"));
      return;
    }
    const { clock, random } = this.#platform;
    const nowMs = clock.nowMs();
    this.#failures.add(answered, nowMs - this.#linkSinceMs);
    const [cadenceMs, sinceMs] = [this.#cadenceMs, nowMs - this.#lastFrameAtMs];
    const hadSound = answered && this.#soundFlows();
    const way = hadSound ? { cadenceMs, sinceMs, joinMs: this.#joinMs } : null;
    const delayMs = this.#failures.waitMs(bye?.retryAfterMs ?? null, way, random());
    if (this.#state === "open") this.#become("reconnecting", null);
    // Who was left without a word comes back elsewhere, where another place is known.
    if (answered && bye === null) this.#liveUrl = this.#second?.elsewhere() ?? this.#liveUrl;
    this.#retryAfter(delayMs);
    if (!answered) void this.#findRoom();
    if (!answered && this.#failures.count % ASK_EVERY === ASK_FIRST) void this.#askWhy();
  }

  #isEnd(bye: LinkEnd["bye"], code: number): boolean {
    return bye?.reason === "ended" || code === CLOSE.ended || this.#spaceState === "ended";
  }

  #retryAfter(delayMs: number): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#platform.clock.after(delayMs, () => this.#connect());
  }

  #setCrowded(room: Crowded | null): void {
    if (room === null && !this.#crowded) return;
    this.#crowded = room !== null;
    this.#events.crowded(room);
  }

  /** Too late to matter: closed, back again, or failed once more in the meantime. */
  #isPast(failures: number): boolean {
    if (this.#failures.count !== failures || this.#isOver()) return true;
    return this.#state === "idle" || this.#state === "open";
  }

  /** Never rejects. Where there is room is asked after each attempt that came to nothing. */
  async #findRoom(): Promise<void> {
    const before = this.#failures.count;
    const { findRoom, random } = this.#platform;
    const { origin, spaceId } = this.#target;
    const room = await findRoom(origin, spaceId, random());
    if (this.#isPast(before)) return;
    this.#liveUrl = room.kind === "live" ? room.url : this.#homeUrl;
    if (room.kind === "unknown" || this.#link !== null) return;
    if (room.kind === "live") {
      if (before <= HURRIED_MOVES) this.#retryAfter(retryDelayMs(1, random()));
      return;
    }
    this.#setCrowded(room);
    const waitMs = room.kind === "hls" ? HLS_RETRY_MS : room.retryAfterMs;
    this.#retryAfter(waitMs * (1 + random() * 0.5));
  }

  /** Never rejects. Looks behind a failed handshake, while the retry is already under way. */
  async #askWhy(): Promise<void> {
    const before = this.#failures.count;
    const refusal = await this.#platform.askRefusal(this.#homeUrl);
    if (this.#isPast(before) || refusal.kind === "none") return;
    if (refusal.kind === "later") {
      if (this.#link === null)
        this.#retryAfter(refusal.afterMs * (1 + this.#platform.random() * 0.5));
      return;
    }
    this.#dropLink();
    if (refusal.kind === "ended") this.#become("ended", null);
    else this.#become("refused", refusal.error);
  }
}
