import { chooseTier, type ListenTier, secondPlaces } from "@rostra/wire";
import type { Protocol } from "../plan/options.ts";
import type { Connector, Destination } from "./connector.ts";
import { PATIENCE } from "./patience.ts";

/** Nobody is there: a browser tries a name's next address at once. */
const REFUSED = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

/** Where a listener goes: one of the server's addresses, or where it was told that there is room. */
export class Whereabouts {
  readonly #connector: Connector;
  readonly #protocol: Protocol;
  readonly #firstHome: number;
  #home: number;
  #place: Destination | undefined;
  /** Addresses that were tried in a row. */
  #tried = 0;
  /** How often in a row it was sent on. */
  #hops = 0;

  /** @param home which of the server's addresses it tries first */
  constructor(connector: Connector, protocol: Protocol, home: number) {
    [this.#connector, this.#protocol] = [connector, protocol];
    [this.#firstHome, this.#home] = [home, home];
  }

  /** Where to connect now. */
  get destination(): Destination {
    return this.#place ?? this.#connector.homeAt(this.#home);
  }

  get hops(): number {
    return this.#hops;
  }

  /** Where it was told to go; undefined: it is where it came to by itself. */
  get place(): Destination | undefined {
    return this.#place;
  }

  /** @param url absolute, or as seen from where it is; undefined: there */
  at(url: string | undefined): Destination {
    if (url === undefined) return this.destination;
    return this.#connector.sentOn(url, this.#protocol, this.destination);
  }

  isHere(url: string): boolean {
    return this.at(url).authority === this.destination.authority;
  }

  /** Each draws for itself, so that a crowd spreads as there is room. @returns false for nowhere */
  choose(tiers: readonly ListenTier[]): boolean {
    const tier = chooseTier(tiers, Math.random());
    this.#place = tier === undefined ? undefined : this.at(tier.url);
    return tier !== undefined;
  }

  /** The edge has gone without a word: another one, where one is known. */
  flee(tiers: readonly ListenTier[]): void {
    const [url] = secondPlaces(tiers, (each) => this.isHere(each), Math.random);
    if (url !== undefined) this.#place = this.at(url);
  }

  /** @returns false where it has been sent on often enough: it goes home then */
  sentOn(tiers: readonly ListenTier[], location: string): boolean {
    if (this.#hops >= PATIENCE.redirects) {
      this.refused();
      return false;
    }
    this.#hops += 1;
    const from = this.destination;
    if (!this.choose(tiers)) this.#place = this.#connector.sentOn(location, this.#protocol, from);
    return true;
  }

  refused(): void {
    [this.#hops, this.#place] = [0, undefined];
  }

  /** Nobody answered. @returns true where another address of the server is to be tried at once */
  unanswered(reason: string): boolean {
    this.#place = undefined;
    this.#home += 1;
    this.#tried += 1;
    return REFUSED.has(reason) && this.#tried < this.#connector.homes;
  }

  /** Another connection, which went there, has taken over. */
  moved(to: Destination): void {
    this.#place = to;
  }

  /** @returns one of these, or where there is none the server's next address */
  toldToMove(tiers: readonly ListenTier[]): Destination {
    return this.choose(tiers) ? this.destination : this.#connector.homeAt(this.#home + 1);
  }

  /** Sound came. */
  arrived(): void {
    [this.#tried, this.#hops] = [0, 0];
  }

  get isHome(): boolean {
    const { authority } = this.#connector.homeAt(this.#firstHome);
    return this.destination.authority === authority;
  }

  /** Back to the address that it tried first. */
  reset(): void {
    [this.#home, this.#place] = [this.#firstHome, undefined];
  }
}
