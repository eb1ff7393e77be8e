import {
  type ByeEvent,
  type Cancel,
  CHUNK_KIND,
  CLOSE,
  type Clock,
  decodeChunk,
  decodeRoomEvent,
  type ProgramFrame,
  type RoomEvent,
} from "@rostra/wire";
import type { LiveSocket, OpenSocket } from "./socket.ts";

/** How a link ended. */
export interface LinkEnd {
  /** What the server said before it closed; null where it just went. */
  readonly bye: ByeEvent | null;
  /** The close code; 1006 where the connection broke, or we gave it up. */
  readonly code: number;
  /** Whether anything was ever received. */
  readonly answered: boolean;
  /** Whether we gave it up because nothing came any more, after it had worked. */
  readonly silent: boolean;
}

/** Whether the server has said that the space is over. */
export function saysEnd({ bye, code }: LinkEnd): boolean {
  return bye?.reason === "ended" || code === CLOSE.ended;
}

export interface LinkEvents {
  event(event: RoomEvent): void;
  frames(frames: readonly ProgramFrame[]): void;
  /** Called once; never after `close`. */
  ended(end: LinkEnd): void;
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly openSocket: OpenSocket;
  readonly url: string;
  /** How long the first message may take, ms. */
  readonly firstMessageMs: number;
  /** How long the server may say nothing later on, ms; asked anew after each message. */
  readonly silenceMs: () => number;
}

const BROKEN = 1006;
// The first message is the handshake's answer: one round trip or a few. A thin link gets more
// time with each failure, or it would never come through.
const FIRST_MESSAGE_MS = [2_000, 4_000, 8_000, 10_000];
/** Sound comes at least every second; five without any is a dead link. */
const SILENCE_WITH_SOUND_MS = 5_000;
/** Without sound there may be nothing to say; a fresh link now and then is cheap. */
const SILENCE_WITHOUT_SOUND_MS = 30_000;

/** @param failures in a row before @returns what {@link LinkOptions.firstMessageMs} is then */
export function firstMessageMs(failures: number): number {
  return FIRST_MESSAGE_MS[Math.min(failures, FIRST_MESSAGE_MS.length - 1)]!;
}

/** What {@link LinkOptions.silenceMs} is, with or without sound. */
export function silenceMs(soundFlows: boolean): number {
  return soundFlows ? SILENCE_WITH_SOUND_MS : SILENCE_WITHOUT_SOUND_MS;
}

/**
 * One socket's life. A browser can take minutes to notice that the network is gone, so a link
 * watches the clock itself: no first message, or silence for too long, is its end.
 */
export class Link {
  readonly #options: LinkOptions;
  #events: LinkEvents;
  readonly #socket: LiveSocket;
  #cancelWatch: Cancel;
  #bye: ByeEvent | null = null;
  #answered = false;
  #over = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#cancelWatch = options.clock.after(options.firstMessageMs, () => this.#giveUp(false));
    this.#socket = options.openSocket(options.url, {
      text: (message) => this.#receive(() => this.#text(message)),
      bytes: (message) => this.#receive(() => this.#chunk(message)),
      closed: (code) => this.#finish(code),
    });
  }

  /** Says something to the edge; there is no answer, and nothing is repeated. */
  say(message: string): void {
    if (!this.#over) this.#socket.send(message);
  }

  /** Another one hears it from now on. */
  handTo(events: LinkEvents): void {
    this.#events = events;
  }

  /** Without a word to `ended`. @param code as {@link LiveSocket.close} has it */
  close(code?: number): void {
    this.#over = true;
    this.#cancelWatch();
    this.#socket.close(code);
  }

  #receive(handle: () => void): void {
    if (this.#over) return;
    this.#answered = true;
    this.#cancelWatch();
    this.#cancelWatch = this.#options.clock.after(this.#options.silenceMs(), () =>
      this.#giveUp(true),
    );
    try {
      handle();
    } catch {
      // Not our protocol, or a damaged stream: what follows can't be trusted either.
      this.#giveUp(false);
    }
  }

  #text(message: string): void {
    const event = decodeRoomEvent(message);
    if (event === undefined) return;
    if (event.type === "bye") this.#bye = event;
    this.#events.event(event);
  }

  #chunk(message: Uint8Array): void {
    // Messages of other kinds are for newer clients than this one.
    if (message[0] === CHUNK_KIND) this.#events.frames(decodeChunk(message));
  }

  #giveUp(silent: boolean): void {
    if (this.#over) return;
    this.#socket.close();
    this.#finish(BROKEN, silent);
  }

  #finish(code: number, silent = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelWatch();
    this.#events.ended({ bye: this.#bye, code, answered: this.#answered, silent });
  }
}
