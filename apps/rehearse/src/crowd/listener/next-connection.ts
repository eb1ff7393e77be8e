import type { Socket } from "node:net";
import { type ListenTier, WireError } from "@rostra/wire";
import type { Connector, Destination } from "./connector.ts";
import type { Dialogue, DialogueEvents, Refusal } from "./dialogue.ts";
import { beginDialogue } from "./protocols.ts";

/** Why a connection came to nothing whose server has answered, but not with a WebSocket. */
export const REFUSED = "refused";

/** Who has two connections for a moment. */
export interface NextConnectionOwner extends DialogueEvents {
  /** The new connection brings sound: from now on all that it says is said to the owner. */
  adopt(next: NextConnection): void;
  /** It came to nothing before that. @param why left out: it wasn't needed */
  failed(next: NextConnection, why?: string): void;
  /** What comes once it has been adopted. @returns false where nothing more should be read */
  take(bytes: Buffer, end: number): boolean;
  /** It has closed after it had been adopted. */
  closed(code: string | undefined): void;
}

export interface NextConnectionOptions {
  readonly connector: Connector;
  readonly destination: Destination;
  readonly address: string | undefined;
  readonly decodes: boolean;
  readonly from: number | undefined;
  /** When it begins, ms of the process's clock. */
  readonly sinceMs: number;
  /**
   * How long it may take to its first sound, ms, where it is a try beside a connection that is late
   * and may come back; undefined: that one goes.
   */
  readonly patienceMs?: number | undefined;
  /** Whether it says that it is one beside another. */
  readonly isSecond?: boolean;
}

/** A WebSocket connection beside the one that still works, as a browser's listener makes one. */
export class NextConnection implements DialogueEvents {
  readonly socket: Socket;
  readonly dialogue: Dialogue;
  readonly destination: Destination;
  readonly isTry: boolean;
  readonly sinceMs: number;
  /** When it's given up, ms of the process's clock. */
  readonly untilMs: number;
  readonly #owner: NextConnectionOwner;
  #adopted = false;
  #cadence: [cadenceMs: number, fromFrame: number] | undefined;
  #error: string | undefined;

  constructor(owner: NextConnectionOwner, options: NextConnectionOptions) {
    const { connector, destination, address, decodes, from, sinceMs, patienceMs } = options;
    this.#owner = owner;
    this.destination = destination;
    [this.sinceMs, this.isTry] = [sinceMs, patienceMs !== undefined];
    this.untilMs = sinceMs + (patienceMs ?? Number.POSITIVE_INFINITY);
    const isSecond = options.isSecond === true;
    const dialogue = { ...destination, hop: 0, events: this, decodes, from, isSecond };
    this.dialogue = beginDialogue("ws", dialogue);
    this.socket = connector.connect(destination, address, {
      onBytes: (bytes, end) => this.#take(bytes, end),
      onError: (code) => {
        this.#error = code;
      },
      onClose: () => {
        if (this.#adopted) owner.closed(this.#error);
        else owner.failed(this, this.#error ?? "ended without a word");
      },
    });
    this.socket.write(this.dialogue.opening);
  }

  #take(bytes: Buffer, end: number): boolean {
    if (this.#adopted) return this.#owner.take(bytes, end);
    try {
      this.dialogue.push(bytes, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#owner.failed(this, `protocol: ${error.message}`);
    }
    return true;
  }

  /** The owner's only connection from now on. */
  adopted(): void {
    this.#adopted = true;
    if (this.#cadence !== undefined) this.#owner.cadence(...this.#cadence);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  sound(first: number, count: number): void {
    if (!this.#adopted) this.#owner.adopt(this);
    this.#owner.sound(first, count);
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    this.#owner.packets(first, packets);
  }

  serverTime(timeMs: number): void {
    this.#owner.serverTime(timeMs);
  }

  cadence(cadenceMs: number, fromFrame: number): void {
    if (this.#adopted) this.#owner.cadence(cadenceMs, fromFrame);
    else this.#cadence = [cadenceMs, fromFrame];
  }

  askHeard(share: number): void {
    if (this.#adopted) this.#owner.askHeard(share);
  }

  move(tiers: readonly ListenTier[]): void {
    if (this.#adopted) this.#owner.move(tiers);
    else this.#owner.failed(this, "the server goes");
  }

  goodbye(reason: string, retryAfterMs: number | null): void {
    if (this.#adopted) this.#owner.goodbye(reason, retryAfterMs);
    else this.#owner.failed(this, reason);
  }

  refused(refusal: Refusal): void {
    if (this.#adopted) this.#owner.refused(refusal);
    else this.#owner.failed(this, REFUSED);
  }
}
