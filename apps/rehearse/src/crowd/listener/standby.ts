import {
  GONE_MS,
  type PlaceNotes,
  STANDS_WITHIN_MS,
  secondPlaces,
  sometimeMs,
  standbyRetryMs,
} from "@rostra/wire";
import { type Connection, NO_ROOM } from "./connection.ts";
import type { Destination } from "./connector.ts";
import type { Ground } from "./listener-options.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** Where there is no place, it is looked for again after so long, ms. */
const NOWHERE_MS = 10_000;

/** Begins one. */
type Open = (destination: Destination, nowMs: number) => Connection;

/**
 * A listener's link in waiting: a connection to another edge that brings nothing until it is needed, as the
 * SDK has it (packages/client/src/listener/connection/standby.ts), with no timer of its own.
 */
export class Standby {
  readonly #ground: Pick<Ground, "connector" | "signpost" | "standsBy">;
  readonly #whereabouts: Whereabouts;
  readonly #open: Open;
  #link: Connection | undefined;
  /** Where it is, as `/listen` has it. */
  #place: string | undefined;
  /** The last one that was taken. */
  #taken: { readonly link: Connection; readonly place: string | undefined } | undefined;
  /** When there should be one, ms; infinite until there was sound, and while there is one. */
  #dueMs = Number.POSITIVE_INFINITY;
  #inVain = 0;
  /** Where the last one came to nothing, and when, ms. */
  #gone: { readonly place: string | undefined; readonly atMs: number } | undefined;

  constructor(ground: Ground, whereabouts: Whereabouts, open: Open) {
    [this.#ground, this.#whereabouts, this.#open] = [ground, whereabouts, open];
  }

  get stands(): boolean {
    return this.#link?.stands === true;
  }

  /** Where it stands, as `/listen` has it; undefined where none does. */
  get place(): string | undefined {
    return this.stands ? this.#place : undefined;
  }

  notes(nowMs: number): PlaceNotes {
    const gone = this.#gone;
    const isGone = (url: string) => url === gone?.place && nowMs - gone.atMs < GONE_MS;
    return { standsAt: this.place, isGone };
  }

  /** There is sound: one is wanted, unless there is one. */
  want(nowMs: number): void {
    if (this.#link !== undefined || this.#dueMs !== Number.POSITIVE_INFINITY) return;
    if (!this.#ground.standsBy) return;
    this.#dueMs = nowMs + sometimeMs(Math.random());
  }

  tend(nowMs: number): void {
    if (this.#link?.stands === false && nowMs - this.#link.sinceMs >= STANDS_WITHIN_MS) {
      this.lost(this.#link, nowMs);
    }
    if (nowMs < this.#dueMs) return;
    const { tiers } = this.#ground.signpost;
    const isHere = (url: string) => this.#whereabouts.isHere(url);
    const [place] = secondPlaces(tiers, isHere, Math.random);
    if (place === undefined) {
      this.#dueMs = nowMs + NOWHERE_MS;
      return;
    }
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#link = this.#open(this.#whereabouts.at(place), nowMs);
    this.#place = place;
  }

  /** @returns it, where it stands, for a listener who goes on by it; another one is wanted then */
  take(nowMs: number): Connection | undefined {
    const link = this.#link;
    if (link?.stands !== true) return undefined;
    this.#taken = { link, place: this.#place };
    this.#link = undefined;
    this.#inVain = 0;
    this.want(nowMs);
    return link;
  }

  /** What was taken, whose edge has nothing: it waits on, unless another one does by now. */
  takeBack(link: Connection): void {
    if (this.#link !== undefined || link !== this.#taken?.link) {
      link.left();
      this.#ground.connector.release(link.socket);
      return;
    }
    [this.#link, this.#place, this.#dueMs] = [link, this.#taken.place, Number.POSITIVE_INFINITY];
  }

  /** Of no use where its listener is now. */
  moved(authority: string, nowMs: number): void {
    if (this.#link?.destination.authority !== authority) return;
    this.#drop();
    this.want(nowMs);
  }

  /**
   * It has ended, or never came to stand.
   * @param why as far as it is known
   * @returns false where it isn't this one
   */
  lost(link: Connection, nowMs: number, why = ""): boolean {
    if (link !== this.#link) return false;
    const stood = link.stands && !why.startsWith(NO_ROOM);
    this.#gone = { place: this.#place, atMs: nowMs };
    this.#drop();
    if (stood) {
      this.#inVain = 0;
      this.want(nowMs);
      return true;
    }
    this.#dueMs = nowMs + standbyRetryMs(this.#inVain, Math.random());
    this.#inVain += 1;
    return true;
  }

  close(): void {
    this.#drop();
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  #drop(): void {
    this.#ground.connector.release(this.#link?.socket);
    this.#link = undefined;
  }
}
