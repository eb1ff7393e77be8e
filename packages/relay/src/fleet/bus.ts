import type { Unsubscribe } from "../relay.ts";

/**
 * @param bytes what was said; empty where nobody listens to what was asked
 * @param answerTo where an answer is waited for, if one is
 * @param lastWord of the subject
 * @param mark said beside the bytes, if anything was
 */
export type BusListener = (
  bytes: Uint8Array,
  answerTo: string | undefined,
  lastWord: string,
  mark: string | undefined,
) => void;

/** What may go with bytes. */
export interface BusExtras {
  readonly answerTo?: string | undefined;
  /**
   * One or two words beside the bytes, a space between them: who knows of neither reads the bytes all
   * the same, and who knows of the first alone is told the first.
   */
  readonly mark?: string | undefined;
}

/**
 * One way from process to process in a fleet: one server or cluster of a message engine. At most
 * once, in order from one sender, and nothing is remembered. What a process says it doesn't hear.
 */
export interface Bus {
  /** Where it leads, for people: without passwords. */
  readonly name: string;
  readonly connected: boolean;
  /** Connected, and there is no sign that nothing moves: the server answers. */
  readonly answers: boolean;

  /** Lost where the bus isn't connected. */
  publish(subject: string, bytes: Uint8Array, extras?: BusExtras): void;

  /** True where so much waits to be taken that sound would rather be lost than come late. */
  readonly congested: boolean;

  /**
   * Stands through every reconnection.
   * @param subject its last word may be `*`, any one word, or `>`, any words
   * @param group of those who subscribe with the same name, one hears each message
   */
  subscribe(subject: string, listener: BusListener, group?: string): Unsubscribe;

  /**
   * Nothing is read for a moment, or again: what comes meanwhile waits, answers and beats too. A wish; each new
   * connection reads.
   */
  rest(isResting: boolean): void;

  /** Called each time that a connection stands. */
  onConnected(listener: () => void): void;

  /** Called each time that one is lost. */
  onLost(listener: () => void): void;

  /**
   * Resolves when the server has taken all that was said before, or is lost; at once without a
   * connection.
   */
  flush(): Promise<void>;

  close(): Promise<void>;
}
