import type { Socket } from "node:net";
import {
  CLOSE,
  encodeClientFrame,
  encodeListenerMessage,
  type ListenTier,
  OPCODE,
  systemClock,
  WireError,
} from "@rostra/wire";
import type { Protocol } from "../plan/options.ts";
import type { Connector, Destination } from "./connector.ts";
import type { Dialogue, DialogueEvents, Refusal } from "./dialogue.ts";
import { MASK } from "./heard-answer.ts";
import { beginDialogue } from "./protocols.ts";

const UTF8 = new TextEncoder();

/** Why a connection came to nothing whose server has answered, but not with a WebSocket. */
export const REFUSED = "refused";

/** How the reason begins where the edge needs its place for those who listen. */
export const NO_ROOM = `close ${CLOSE.tryAgainLater}`;

/** Why a connection that has waited waits on: its edge has nothing that the first one didn't bring. */
export const NOTHING_EITHER = "nothing there either";

/** Who has one connection, or two for a while, and another one that waits. */
export interface ConnectionOwner extends Omit<DialogueEvents, "send" | "sound" | "standby"> {
  /** The new connection brings sound: from now on all that it says is said to the owner. */
  adopt(connection: Connection): void;
  /** Its edge has nothing either: it waits again. */
  waitsOn(connection: Connection): void;
  /** One that isn't the current one came to nothing, or has ended. @param why left out: it wasn't needed */
  failed(connection: Connection, why?: string): void;
  /** What comes by the current one. @returns false where nothing more should be read */
  take(connection: Connection, bytes: Buffer, end: number): boolean;
  /** By the current one, or the one before it. */
  sound(first: number, count: number, by: Connection, isHolding?: boolean): void;
  /** The current one has closed. */
  closed(code: string | undefined): void;
}

export interface ConnectionOptions {
  readonly connector: Connector;
  readonly destination: Destination;
  readonly protocol: Protocol;
  /** How often the listener was sent on. */
  readonly hop?: number;
  readonly address: string | undefined;
  readonly decodes: boolean;
  readonly from?: number | undefined;
  /** How much sound chunks held so far, ms. */
  readonly cadence?: number | undefined;
  /** When it begins, ms of the process's clock. */
  readonly sinceMs: number;
  /**
   * How long it may take to its first sound, ms, where it is a try beside a connection that is late
   * and may come back; undefined: that one goes.
   */
  readonly patienceMs?: number | undefined;
  /** Whether it says that it is one beside another. */
  readonly isSecond?: boolean;
  /** There is no other one. */
  readonly isCurrent?: boolean;
  /** It only waits, until it is told to {@link Connection.listen}. */
  readonly isStandby?: boolean;
}

/** What a link in waiting is needed for. */
export interface ListenWish
  extends Pick<ConnectionOptions, "from" | "cadence" | "sinceMs" | "patienceMs"> {
  readonly isSecond: boolean;
  /** When it is said, ms from now. */
  readonly afterMs?: number;
}

/**
 * What a connection is to its listener: it waits until it is needed, tries to take over beside the one that there
 * is, is that one, goes on beside the one that took over from it, or is nothing any more.
 */
type Part = "waiting" | "beside" | "current" | "former" | "gone";

/** One connection of a listener, as a browser's has it. */
export class Connection implements DialogueEvents {
  readonly socket: Socket;
  readonly destination: Destination;
  isTry: boolean;
  sinceMs: number;
  /** When it's given up, ms of the process's clock. */
  untilMs: number;
  /** True once the edge has said that it waits here. */
  stands = false;
  #part: Part;
  readonly #dialogue: Dialogue;
  readonly #owner: ConnectionOwner;
  #cadence: [cadenceMs: number, fromFrame: number] | undefined;
  #error: string | undefined;

  constructor(owner: ConnectionOwner, options: ConnectionOptions) {
    const { connector, destination, address, sinceMs, patienceMs, ...asked } = options;
    this.#owner = owner;
    this.destination = destination;
    [this.sinceMs, this.isTry] = [sinceMs, patienceMs !== undefined];
    this.untilMs = sinceMs + (patienceMs ?? Number.POSITIVE_INFINITY);
    this.#part = options.isCurrent ? "current" : options.isStandby ? "waiting" : "beside";
    const { hop = 0, from } = asked;
    const dialogue = { ...asked, ...destination, hop, from, events: this };
    this.#dialogue = beginDialogue(options.protocol, dialogue);
    this.socket = connector.connect(destination, address, {
      onBytes: (bytes, end) => this.#take(bytes, end),
      onError: (code) => {
        this.#error = code;
      },
      onClose: () => {
        if (this.#isCurrent) owner.closed(this.#error);
        else this.#fail(this.#error ?? "ended without a word");
      },
    });
    this.socket.write(this.#dialogue.opening);
  }

  get #isCurrent(): boolean {
    return this.#part === "current";
  }

  /** It waits no longer: from here on it is as if it had just been made. */
  listen({ from, cadence, sinceMs, patienceMs, isSecond, afterMs = 0 }: ListenWish): void {
    this.#part = "beside";
    [this.sinceMs, this.isTry] = [sinceMs, patienceMs !== undefined];
    this.untilMs = sinceMs + (patienceMs ?? Number.POSITIVE_INFINITY);
    const message = encodeListenerMessage({
      type: "listen",
      ...(from !== undefined && { from }),
      ...(cadence !== undefined && { cadence }),
      ...(isSecond && { second: true }),
    });
    const bytes = encodeClientFrame(OPCODE.text, UTF8.encode(message), MASK);
    if (afterMs < 1) this.send(bytes);
    else systemClock.after(afterMs, () => this.#sendIfOpen(bytes));
  }

  #sendIfOpen(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.send(bytes);
  }

  /** It is closed: what has been read of it already is told to nobody. */
  left(): void {
    this.#part = "gone";
  }

  #take(bytes: Buffer, end: number): boolean {
    if (this.#isCurrent) return this.#owner.take(this, bytes, end);
    try {
      this.push(bytes, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail(`protocol: ${error.message}`);
    }
    return true;
  }

  #fail(why: string): void {
    if (this.#part !== "gone") this.#owner.failed(this, why);
  }

  /** Reads what came. @throws {WireError} where the protocol doesn't allow it */
  push(bytes: Buffer, end: number): void {
    this.#dialogue.push(bytes, end);
  }

  /** It is the owner's connection from now on. */
  adopted(): void {
    this.#part = "current";
    if (this.#cadence !== undefined) this.#owner.cadence(...this.#cadence);
  }

  /** Another one has taken over, and this one goes on beside it. */
  outrun(): void {
    this.#part = "former";
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  standby(): void {
    this.stands = true;
    if (this.#part === "current") this.#owner.goodbye(NOTHING_EITHER, 0);
    if (this.#part !== "beside") return;
    this.#part = "waiting";
    this.#owner.waitsOn(this);
  }

  sound(first: number, count: number, isHolding?: boolean): void {
    if (this.#part === "gone") return;
    // An edge that doesn't know of links in waiting.
    if (this.#part === "waiting") {
      this.#fail("sound on a link in waiting");
      return;
    }
    if (this.#part === "beside") this.#owner.adopt(this);
    this.#owner.sound(first, count, this, isHolding);
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    if (this.#part !== "waiting" && this.#part !== "gone") this.#owner.packets(first, packets);
  }

  serverTime(timeMs: number): void {
    this.#owner.serverTime(timeMs);
  }

  cadence(cadenceMs: number, fromFrame: number): void {
    this.#cadence = [cadenceMs, fromFrame];
    if (this.#isCurrent) this.#owner.cadence(cadenceMs, fromFrame);
  }

  askHeard(share: number): void {
    if (this.#isCurrent) this.#owner.askHeard(share);
  }

  move(tiers: readonly ListenTier[]): void {
    if (this.#isCurrent) this.#owner.move(tiers);
    else this.#fail("the server goes");
  }

  goodbye(reason: string, retryAfterMs: number | null): void {
    if (this.#isCurrent) this.#owner.goodbye(reason, retryAfterMs);
    else this.#fail(reason);
  }

  refused(refusal: Refusal): void {
    if (this.#isCurrent) this.#owner.refused(refusal);
    else this.#fail(REFUSED);
  }
}
