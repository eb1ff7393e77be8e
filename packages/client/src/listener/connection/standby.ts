import {
  type Cancel,
  CLOSE,
  type Clock,
  decodeRoomEvent,
  encodeListenerMessage,
  type ListenMessage,
  type RoomEvent,
  STANDS_WITHIN_MS,
  sometimeMs,
  standbyRetryMs,
} from "@rostra/wire";
import type { LiveQuery } from "./live-query.ts";
import type { ConnectionPlatform } from "./ports.ts";
import { type LiveSocket, type OpenSocket, type SocketEvents, socketUrl } from "./socket.ts";

/** Without sound for longer than this nothing new is opened, ms: chunks come every second at least. */
const FLOWS_WITHIN_MS = 1_500;

/** A link in waiting that stands. */
export interface Standing {
  readonly url: string;
  /**
   * Makes it the socket of a link, which owns it from then on.
   * @param afterMs when `listen` is said, ms from when that opens
   */
  readonly openAs: (asked: LiveQuery, afterMs: number) => OpenSocket;
}

/** How a link is made, where that isn't as usual: where to, and over what. */
export interface Way {
  readonly url?: string | undefined;
  /** Whether it says that it is one beside another. */
  readonly isSecond?: boolean;
  readonly openAs?: Standing["openAs"];
  /** How long what is asked for may wait, ms: others may have less sound left. */
  readonly afterMs?: number;
}

export interface StandbyOptions {
  /** Where one could stand, the best first; undefined: nowhere. */
  readonly drawPlace: () => string | undefined;
  readonly isCurrent: (url: string) => boolean;
  /** Nobody answers there, or it isn't an edge that knows of links in waiting. */
  readonly onBad: (url: string) => void;
}

/** One socket that waits, until a link owns it. */
interface Waiting {
  readonly url: string;
  readonly socket: LiveSocket;
  /** Who hears it. */
  owner: SocketEvents;
}

/**
 * Keeps a link in waiting at another edge while there is sound (docs/protocol/live-v1.md, "A link in
 * waiting"): when this edge dies or falls silent, a listener goes on over it at the cost of one message.
 */
export class Standby {
  readonly #platform: ConnectionPlatform;
  readonly #options: StandbyOptions;
  #waiting: Waiting | null = null;
  #stands = false;
  /** Until the next one is opened, or this one has taken too long: one of the two. */
  #cancel: Cancel | null = null;
  #isFirst = true;
  #inVain = 0;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(platform: ConnectionPlatform, options: StandbyOptions) {
    [this.#platform, this.#options] = [platform, options];
  }

  /** Where one stands, elsewhere than the link that there is. */
  get standing(): Standing | undefined {
    const waiting = this.#waiting;
    if (waiting === null || !this.#stands || this.#options.isCurrent(waiting.url)) return undefined;
    return {
      url: waiting.url,
      openAs: (asked, afterMs) => this.#handOver(waiting, asked, afterMs),
    };
  }

  /** Sound came: from now on one is wanted, if there is none. */
  keep(): void {
    this.#heardAtMs = this.#platform.clock.nowMs();
    // The link has moved to where it waits: both would go at once.
    if (this.#waiting !== null && this.#options.isCurrent(this.#waiting.url)) {
      this.#drop(CLOSE.normal);
    }
    if (this.#waiting !== null || this.#cancel !== null) return;
    // What is needed for the first one was fetched at a random time already.
    if (this.#isFirst) this.#open();
    else this.#replace();
    this.#isFirst = false;
  }

  /** Until sound comes again none is wanted. */
  letGo(): void {
    this.#heardAtMs = Number.NEGATIVE_INFINITY;
    this.#drop(CLOSE.normal);
  }

  #drop(code?: number): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting?.socket.close(code);
    this.#waiting = null;
    this.#stands = false;
  }

  #replace(): void {
    this.#openIn(sometimeMs(this.#platform.random()));
  }

  #openIn(delayMs: number): void {
    this.#cancel = this.#platform.clock.after(delayMs, () => {
      this.#cancel = null;
      // Where sound doesn't flow, the next chunk asks for one.
      const sinceMs = this.#platform.clock.nowMs() - this.#heardAtMs;
      if (sinceMs <= FLOWS_WITHIN_MS) this.#open();
    });
  }

  #open(): void {
    const url = this.#options.drawPlace();
    // Nobody is asked: to look whether there is a place by now costs nothing.
    if (url === undefined) {
      this.#openIn(standbyRetryMs(0, this.#platform.random()));
      return;
    }
    const waiting: Waiting = {
      url,
      owner: this.#events,
      socket: this.#platform.openSocket(socketUrl(url, "?standby=1"), {
        text: (message) => waiting.owner.text(message),
        bytes: (message) => waiting.owner.bytes(message),
        closed: (code) => waiting.owner.closed(code),
      }),
    };
    this.#waiting = waiting;
    this.#cancel = this.#platform.clock.after(STANDS_WITHIN_MS, () => this.#failed());
  }

  readonly #events: SocketEvents = {
    text: (message) => this.#onText(message),
    bytes: () => this.#failed(),
    closed: (code) => this.#failed(code === CLOSE.tryAgainLater),
  };

  #onText(message: string): void {
    // Later on there is but a goodbye, and the end comes with it.
    if (this.#stands) return;
    if (eventOf(message)?.type !== "standby") {
      this.#failed();
      return;
    }
    this.#cancel?.();
    this.#cancel = null;
    [this.#stands, this.#inVain] = [true, 0];
  }

  /** It has ended, or isn't what was asked for. @param isFull its place is needed for those who listen */
  #failed(isFull = false): void {
    const stood = this.#stands && !isFull;
    if (this.#waiting !== null) this.#options.onBad(this.#waiting.url);
    this.#drop(CLOSE.normal);
    if (stood) this.#replace();
    else this.#retryLater();
  }

  #retryLater(): void {
    const waitMs = standbyRetryMs(this.#inVain, this.#platform.random());
    this.#inVain += 1;
    this.#openIn(waitMs);
  }

  #handOver(waiting: Waiting, asked: LiveQuery, afterMs: number): OpenSocket {
    return (_, events) => {
      [this.#waiting, this.#stands] = [null, false];
      this.#replace();
      const message = encodeListenerMessage(listenMessage(asked));
      const takeBack = () => this.#takeBack(waiting);
      return lend(waiting, { clock: this.#platform.clock, events, message, afterMs, takeBack });
    };
  }

  /** Its edge has nothing either: it waits on, unless another one does by now. */
  #takeBack(waiting: Waiting): void {
    if (this.#waiting !== null) {
      waiting.socket.close(CLOSE.normal);
      return;
    }
    this.#cancel?.();
    this.#cancel = null;
    waiting.owner = this.#events;
    [this.#waiting, this.#stands] = [waiting, true];
  }
}

interface Loan {
  readonly clock: Clock;
  /** Of the link that it is for. */
  readonly events: SocketEvents;
  /** What it says first. */
  readonly message: string;
  /** When, ms from now. */
  readonly afterMs: number;
  readonly takeBack: () => void;
}

/**
 * The socket for a link that owns it from now on, until its edge says that it waits on. That, or that the edge can't
 * take a listener, which it says first, is to the link what a refused handshake is.
 */
function lend(waiting: Waiting, { clock, events, message, afterMs, takeBack }: Loan): LiveSocket {
  const { socket } = waiting;
  let [isFirst, isOurs] = [true, true];
  let cancel: Cancel = () => {};
  if (afterMs > 0) cancel = clock.after(afterMs, () => socket.send(message));
  else socket.send(message);
  waiting.owner = {
    ...events,
    text: (said) => {
      const event = isFirst ? eventOf(said) : undefined;
      isFirst = false;
      const waitsOn = event?.type === "standby";
      if (!waitsOn && (event?.type !== "bye" || event.reason === "ended")) {
        events.text(said);
        return;
      }
      isOurs = false;
      if (waitsOn) takeBack();
      else socket.close();
      events.closed(CLOSE.tryAgainLater);
    },
  };
  return {
    send: (later) => {
      if (isOurs) socket.send(later);
    },
    close: (code) => {
      cancel();
      if (isOurs) socket.close(code);
    },
  };
}

function listenMessage({ from, cadenceMs, rendition, isSecond }: LiveQuery): ListenMessage {
  return {
    type: "listen",
    ...(from !== null && { from, cadence: cadenceMs }),
    ...(rendition !== "full" && { rendition }),
    ...(isSecond && { second: true }),
  };
}

function eventOf(message: string): RoomEvent | undefined {
  try {
    return decodeRoomEvent(message);
  } catch {
    // Not our protocol.
    return undefined;
  }
}
