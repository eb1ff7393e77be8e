import {
  type BrokenWay,
  type Cancel,
  CLOSE,
  comeBackMs,
  encodeListenerMessage,
  hasProgram,
  type ListenerMessage,
  type MoveEvent,
  type ProgramFrame,
  type Rendition,
  type RoomEvent,
  type RostraError,
  type SpaceId,
  type SpaceState,
  sometimeMs,
} from "@rostra/wire";
import { ListenerError } from "../../errors.ts";
import type { Unsubscribe } from "../../observable.ts";
import type { ConnectionState } from "../state.ts";
import { ArrivedFrames } from "./arrived-frames.ts";
import type { ChangeOver } from "./change-over.ts";
import { Failures } from "./failures.ts";
import type { FormerLink } from "./former.ts";
import { Inquiry } from "./inquiry.ts";
import { firstMessageMs, Link, type LinkEnd, type LinkEvents, saysEnd, silenceMs } from "./link.ts";
import { liveQuery } from "./live-query.ts";
import type { ConnectionEvents, ConnectionPlatform, ConnectionTarget } from "./ports.ts";
import type { Crowded } from "./room.ts";
import type { SecondLink } from "./second-link.ts";
import { socketUrl } from "./socket.ts";
import type { Way } from "./standby.ts";

/** Between two attempts to move while the old link still works, ms, and up to as much more. */
const MOVE_RETRY_MS = 500;

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
  readonly #failures = new Failures();
  #sound = false;
  #rendition: Rendition = "full";
  #spaceState: SpaceState | null = null;
  readonly #arrived = new ArrivedFrames();
  readonly #inquiry: Inquiry;

  constructor(platform: ConnectionPlatform, target: ConnectionTarget, events: ConnectionEvents) {
    [this.#platform, this.#target, this.#events] = [platform, target, events];
    this.#inquiry = new Inquiry(platform, target, this.#failures, {
      isApart: () => this.#state === "connecting" || this.#state === "reconnecting",
      isTrying: () => this.#link !== null,
      goTo: (url) => {
        this.#liveUrl = url ?? this.#homeUrl;
      },
      retryAfter: (delayMs) => this.#retryAfter(delayMs),
      crowded: (room) => this.#setCrowded(room),
      refused: (refusal) => {
        this.#dropLink();
        if (refusal.kind === "ended") this.#become("ended", null);
        else this.#become("refused", refusal.error);
      },
    });
    this.#cameFrom = target.cameFrom;
    this.#homeUrl = `${target.origin}/live/${target.spaceId}`;
    this.#liveUrl = this.#homeUrl;
    this.#stopOnline = platform.onOnline(() => {
      // What stood before the network was away may be dead, and say nothing of it.
      this.#second?.standby.letGo();
      this.#reconnect();
    });
  }

  /** Newest frame that came in by this connection since sound was asked for; null for none. */
  get lastFrame(): number | null {
    return this.#arrived.last;
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
    this.#arrived.startAt(from, this.#platform.clock.nowMs());
    if (!sound) this.#second?.standby.letGo();
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
    this.#arrived.startAt(null, this.#platform.clock.nowMs());
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
    if (this.#isOver()) this.#second?.standby.letGo();
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
    this.#begin(this.#linkEvents, firstMessageMs(this.#failures.count));
  }

  #begin(events: LinkEvents, patienceMs: number, way?: Way): void {
    this.#linkSinceMs = this.#platform.clock.nowMs() + (way?.afterMs ?? 0);
    this.#arrived.begin();
    this.#link = this.#openLink(events, patienceMs, way);
  }

  readonly #linkEvents: LinkEvents = {
    event: (event) => this.#onEvent(event),
    frames: (frames) => this.#onFrames(frames),
    ended: (end) => this.#onEnded(end),
  };

  #openLink(events: LinkEvents, patienceMs: number, way: Way = {}) {
    const { url = this.#liveUrl, isSecond = false, openAs, afterMs = 0 } = way;
    const { clock, openSocket } = this.#platform;
    const asked = {
      sound: this.#sound,
      from: this.#arrived.wanted(clock.nowMs()),
      cadenceMs: this.#cadenceMs,
      rendition: this.#rendition,
      cameFrom: this.#cameFrom,
      isSecond,
    };
    return new Link(
      {
        clock,
        openSocket: openAs?.(asked, afterMs) ?? openSocket,
        url: socketUrl(url, liveQuery(asked)),
        firstMessageMs: patienceMs + afterMs,
        silenceMs: () => silenceMs(this.#soundFlows()),
      },
      events,
    );
  }

  /** The edge goes: a link to another one takes over before this one is let go. Never rejects. */
  async #move(event: MoveEvent): Promise<void> {
    this.#dropChangeOver();
    const link = this.#link;
    // Where that can't be loaded either, the old link's end leads elsewhere.
    const part = await import("./second-link.ts").catch(() => undefined);
    if (part === undefined || link === null || link !== this.#link) return;
    const [{ origin }, random] = [this.#target, this.#platform.random()];
    this.#liveUrl = part.whereToMove(event, origin, random) ?? this.#homeUrl;
    this.#changeOver = new part.ChangeOver({
      ...this.#changeOverOptions(),
      open: (events) => this.#openLink(events, firstMessageMs(0)),
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
      waitsForSound: this.#soundFlows() && this.#arrived.last !== null,
      onReady: () => this.#adopt(),
    };
  }

  #adopt(): void {
    const changeOver = this.#changeOver;
    if (changeOver === null) return;
    const former = this.#link;
    const isBeside = changeOver.isTry && former !== null;
    this.#second?.begin(changeOver.isTry && !isBeside);
    if (isBeside) this.#second?.keepBeside(this.#formerLink(former), changeOver.isOutrun);
    else former?.close(CLOSE.normal);
    this.#changeOver = null;
    this.#listenBy(changeOver);
    changeOver.adopt();
  }

  #listenBy({ link, url, sinceMs }: Pick<FormerLink, "link" | "url" | "sinceMs">): void {
    [this.#link, this.#liveUrl, this.#linkSinceMs] = [link, url, sinceMs];
  }

  #formerLink(link: Link): FormerLink {
    const [url, sinceMs] = [this.#liveUrl, this.#linkSinceMs];
    return { link, url, sinceMs, cadenceMs: this.#cadenceMs };
  }

  /** The link before is the link again, as if it had never been another. */
  #goBack(former: FormerLink): void {
    this.#link?.close(CLOSE.normal);
    this.#listenBy(former);
    former.link.handTo(this.#linkEvents);
    const [{ cadenceMs }, last] = [former, this.#arrived.last ?? -1];
    this.#onEvent({ type: "cadence", cadenceMs, fromFrame: last + 1 });
  }

  /** What is needed where an edge falls silent. Never rejects: without it that one is left after 5 s. */
  async #prepare(): Promise<void> {
    const part = await import("./second-link.ts").catch(() => undefined);
    if (part === undefined || this.#state === "idle") return;
    this.#second = new part.SecondLink(this.#platform, this.#target, {
      cadenceMs: this.#cadenceMs,
      joinMs: () => this.#joinMs,
      isCurrent: (url) => url === this.#liveUrl,
      lastFrame: () => this.#arrived.last,
      frames: (frames) => this.#take(frames),
      goBack: (former) => this.#goBack(former),
      open: (way, patienceMs) => {
        if (this.#changeOver !== null || this.#link === null || !this.#soundFlows()) return;
        this.#changeOver = part.beginTry({
          ...this.#changeOverOptions(way.url),
          hasWaited: way.openAs !== undefined,
          open: (events) => this.#openLink(events, patienceMs, way),
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
      this.#arrived.welcome(event.latestFrame);
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
    if (this.#second?.outran(came) !== true) this.#take(came);
  }

  #take(came: readonly ProgramFrame[]): void {
    const { clock, random } = this.#platform;
    const taken = this.#sound ? this.#arrived.take(came, clock.nowMs()) : undefined;
    if (taken === undefined) return;
    this.#second?.arrived(taken);
    if (this.#changeOver?.isTry === true && !this.#second?.insists) this.#outrun(this.#changeOver);
    this.#cancelPrepare ??= clock.after(sometimeMs(random()), () => void this.#prepare());
    this.#events.frames(taken.frames, taken.live);
  }

  /** The link that was late was the first of the two to go on. */
  #outrun(changeOver: ChangeOver): void {
    // One that has waited isn't thrown away: it shows whether it is the better one.
    if (changeOver.hasWaited) changeOver.isOutrun = true;
    else this.#dropChangeOver();
  }

  #onEnded(end: LinkEnd): void {
    const { bye, silent } = end;
    const isEnd = saysEnd(end) || this.#spaceState === "ended";
    this.#link = null;
    const former = isEnd ? undefined : this.#second?.takeFormer();
    if (former !== undefined) {
      this.#goBack(former);
      return;
    }
    if (this.#changeOver !== null && !isEnd) {
      this.#adopt();
      return;
    }
    this.#dropChangeOver();
    this.#second?.begin();
    // Most likely nothing happened in the room: make sure, without alarming anyone.
    if (silent && !this.#soundFlows()) this.#connect();
    else if (isEnd) this.#become("ended", null);
    else if (bye?.retryAfterMs === null)
      this.#become("refused", new ListenerError("refused", "The server asked not to come back"));
    else this.#comeBack(end);
  }

  #comeBack(end: LinkEnd): void {
    const { bye, answered } = end;
    const isBroken = answered && bye === null;
    if (isBroken) this.#second?.gone(this.#liveUrl);
    if (isBroken && this.#soundFlows() && this.#goOnByStandby(end)) return;
    const { clock, random } = this.#platform;
    this.#failures.add(answered, clock.nowMs() - this.#linkSinceMs);
    const way = answered && this.#soundFlows() ? this.#brokenWay : null;
    if (this.#state === "open") this.#become("reconnecting", null);
    // Who was left without a word comes back elsewhere, where another place is known.
    if (isBroken) this.#liveUrl = this.#second?.elsewhere() ?? this.#liveUrl;
    this.#retryAfter(this.#failures.waitMs(bye?.retryAfterMs ?? null, way, random()));
    if (!answered) this.#inquiry.begin(this.#homeUrl);
  }

  get #brokenWay(): BrokenWay {
    const sinceMs = this.#platform.clock.nowMs() - this.#arrived.lastAtMs;
    return { cadenceMs: this.#cadenceMs, sinceMs, joinMs: this.#joinMs };
  }

  /** @returns false where no link waits */
  #goOnByStandby(end: LinkEnd): boolean {
    const [leftUrl, leftSinceMs] = [this.#liveUrl, this.#linkSinceMs];
    const standing = this.#second?.standby.standing;
    if (standing === undefined) return false;
    const ended = (later: LinkEnd) => {
      if (later.answered) return this.#onEnded(later);
      // Nobody has answered: all is as when the first link broke.
      this.#second?.gone(standing.url);
      [this.#liveUrl, this.#linkSinceMs] = [leftUrl, leftSinceMs];
      this.#onEnded(end);
    };
    this.#liveUrl = standing.url;
    const afterMs = comeBackMs({ ...this.#brokenWay, standsBy: true }, this.#platform.random());
    this.#begin({ ...this.#linkEvents, ended }, firstMessageMs(0), { ...standing, afterMs });
    return true;
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
}
