import {
  type Cancel,
  CLOSE,
  type Clock,
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
import { Link, type LinkEnd, type LinkEvents } from "./link.ts";
import type { AskRefusal } from "./refusal.ts";
import type { Crowded, FindRoom } from "./room.ts";
import { type OpenSocket, socketUrl } from "./socket.ts";

/** The world as the connection sees it; tests bring a virtual one. */
export interface ConnectionPlatform {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly openSocket: OpenSocket;
  readonly askRefusal: AskRefusal;
  readonly findRoom: FindRoom;
  /** Calls back when the network is said to be there again. */
  readonly onOnline: (callback: () => void) => Unsubscribe;
}

export interface ConnectionEvents {
  event(event: RoomEvent): void;
  /** @param live false for sound from before the link began */
  frames(frames: readonly ProgramFrame[], live: boolean): void;
  state(state: ConnectionState, error: RostraError | null): void;
  /** @param room what to hear while there is no room for live sound; null: there is again */
  crowded(room: Crowded | null): void;
}

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
/** Links that die younger than this, one after the other, are waited for longer and longer. */
const PROVEN_MS = 5_000;

export interface ConnectionTarget {
  /** Absolute, without a slash at the end. */
  readonly origin: string;
  readonly spaceId: SpaceId;
  /** The space whose raid brings us here. */
  readonly cameFrom?: SpaceId | undefined;
}

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
  #linkSinceMs = 0;
  /** Newest frame that there was as the link began: up to it, sound comes late. */
  #pastUpTo = Number.POSITIVE_INFINITY;
  #failures = 0;
  #shortLives = 0;
  #sound = false;
  #rendition: Rendition = "full";
  #spaceState: SpaceState | null = null;
  #lastFrame: number | null = null;
  #lastFrameAtMs = 0;

  constructor(platform: ConnectionPlatform, target: ConnectionTarget, events: ConnectionEvents) {
    this.#cameFrom = target.cameFrom;
    this.#platform = platform;
    this.#events = events;
    this.#target = target;
    this.#homeUrl = `${target.origin}/live/${target.spaceId}`;
    this.#liveUrl = this.#homeUrl;
    this.#stopOnline = platform.onOnline(() => {
      if (this.#state !== "idle" && !this.#isOver()) this.#connect();
    });
  }

  /** Newest frame that came in by this connection since sound was asked for; null for none. */
  get lastFrame(): number | null {
    return this.#lastFrame;
  }

  /** Also tries again where it was refused: the person asks, the answer may be another now. */
  open(): void {
    if (this.#state !== "idle" && this.#state !== "refused") return;
    this.#failures = 0;
    this.#become("connecting", null);
    this.#connect();
  }

  /**
   * Changes over by a new link.
   * @param from number of the first frame that is wanted; null: sound starts at live
   */
  setSound(sound: boolean, from: number | null = null): void {
    if (sound === this.#sound) return;
    this.#sound = sound;
    this.#lastFrame = from === null ? null : from - 1;
    this.#lastFrameAtMs = this.#platform.clock.nowMs();
    this.#reconnect();
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

  #reconnect(): void {
    if (this.#state !== "idle" && !this.#isOver()) this.#connect();
  }

  /** Says something to the edge, where one is there. */
  say(message: ListenerMessage): void {
    this.#link?.say(encodeListenerMessage(message));
  }

  close(): void {
    this.#stopOnline();
    this.#dropLink();
    this.#state = "idle";
  }

  #isOver(): boolean {
    return this.#state === "ended" || this.#state === "refused";
  }

  #become(state: ConnectionState, error: RostraError | null): void {
    this.#state = state;
    this.#events.state(state, error);
  }

  #dropLink(): void {
    this.#cancelRetry();
    this.#dropChangeOver();
    this.#link?.close();
    this.#link = null;
  }

  #query(): string {
    if (!this.#sound) return "?sound=none";
    const asked: string[] = [];
    const ageMs = this.#platform.clock.nowMs() - this.#lastFrameAtMs;
    if (this.#lastFrame !== null && ageMs <= RESUME_MS) asked.push(`from=${this.#lastFrame + 1}`);
    if (this.#rendition === "thin") asked.push("rendition=thin");
    if (this.#cameFrom !== undefined) asked.push(`raid=${this.#cameFrom}`);
    return asked.length === 0 ? "" : `?${asked.join("&")}`;
  }

  #connect(): void {
    this.#dropLink();
    this.#linkSinceMs = this.#platform.clock.nowMs();
    this.#pastUpTo = Number.POSITIVE_INFINITY;
    this.#link = this.#openLink(this.#linkEvents);
  }

  readonly #linkEvents: LinkEvents = {
    event: (event) => this.#onEvent(event),
    frames: (frames) => this.#onFrames(frames),
    ended: (end) => this.#onEnded(end),
  };

  #openLink(events: LinkEvents): Link {
    const { clock, openSocket } = this.#platform;
    const patience = Math.min(this.#failures, FIRST_MESSAGE_MS.length - 1);
    return new Link(
      {
        clock,
        openSocket,
        url: socketUrl(this.#liveUrl, this.#query()),
        firstMessageMs: FIRST_MESSAGE_MS[patience]!,
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
      open: (events) => this.#openLink(events),
      events: this.#linkEvents,
      waitsForSound: this.#soundFlows() && this.#lastFrame !== null,
      onReady: () => this.#adopt(),
      onFailed: () => {
        this.#changeOver = null;
        const { clock, random } = this.#platform;
        this.#cancelMove = clock.after(
          MOVE_RETRY_MS * (1 + random()),
          () => void this.#move(event),
        );
      },
    });
  }

  #adopt(): void {
    const changeOver = this.#changeOver;
    if (changeOver === null) return;
    this.#changeOver = null;
    this.#link?.close();
    this.#link = changeOver.link;
    this.#linkSinceMs = this.#platform.clock.nowMs();
    changeOver.adopt();
  }

  #dropChangeOver(): void {
    this.#cancelMove();
    this.#changeOver?.link.close();
    this.#changeOver = null;
  }

  #soundFlows(): boolean {
    return this.#sound && this.#spaceState !== null && hasProgram(this.#spaceState);
  }

  #onEvent(event: RoomEvent): void {
    if (event.type === "welcome" || event.type === "space") this.#spaceState = event.space.state;
    if (event.type === "welcome") {
      this.#pastUpTo = event.latestFrame ?? -1;
      this.#setCrowded(null);
      if (this.#sound) this.#cameFrom = undefined;
      if (this.#state !== "open") this.#become("open", null);
    }
    if (event.type === "move") void this.#move(event);
    this.#events.event(event);
  }

  #onFrames(came: readonly ProgramFrame[]): void {
    // Two links overlap for a moment: what one has brought the other needn't bring again.
    const frames = came.filter(({ number }) => number > (this.#lastFrame ?? -1));
    const last = frames.at(-1);
    if (last === undefined || !this.#sound) return;
    this.#lastFrame = Math.max(this.#lastFrame ?? 0, last.number);
    this.#lastFrameAtMs = this.#platform.clock.nowMs();
    this.#events.frames(frames, last.number > this.#pastUpTo);
  }

  #onEnded({ bye, code, answered, silent }: LinkEnd): void {
    this.#link = null;
    if (this.#changeOver !== null && !this.#isEnd(bye, code)) {
      this.#adopt();
      return;
    }
    this.#dropChangeOver();
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
    this.#countFailure(answered, clock.nowMs() - this.#linkSinceMs);
    const delayMs =
      bye === null
        ? retryDelayMs(this.#failures, random())
        : bye.retryAfterMs * (1 + random() * 0.5);
    if (this.#state === "open") this.#become("reconnecting", null);
    this.#retryAfter(delayMs);
    if (!answered) void this.#findRoom();
    if (!answered && this.#failures % ASK_EVERY === ASK_FIRST) void this.#askWhy();
  }

  #isEnd(bye: LinkEnd["bye"], code: number): boolean {
    return bye?.reason === "ended" || code === CLOSE.ended || this.#spaceState === "ended";
  }

  #countFailure(answered: boolean, livedMs: number): void {
    if (!answered) {
      this.#failures += 1;
      return;
    }
    // It worked, so what failed before is over; unless links keep dying young.
    this.#shortLives = livedMs < PROVEN_MS ? this.#shortLives + 1 : 0;
    this.#failures = Math.max(1, this.#shortLives);
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

  /** Never rejects. Where there is room is asked after each attempt that came to nothing. */
  async #findRoom(): Promise<void> {
    const before = this.#failures;
    const { findRoom, random } = this.#platform;
    const { origin, spaceId } = this.#target;
    const room = await findRoom(origin, spaceId, random());
    // Too late to matter, as below.
    if (this.#failures !== before || this.#isOver()) return;
    if (this.#state === "idle" || this.#state === "open") return;
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
    const before = this.#failures;
    const refusal = await this.#platform.askRefusal(this.#homeUrl);
    // Too late to matter: closed, back again, or failed once more in the meantime.
    if (this.#failures !== before || this.#isOver() || this.#state === "idle") return;
    if (refusal.kind === "none" || this.#state === "open") return;
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
