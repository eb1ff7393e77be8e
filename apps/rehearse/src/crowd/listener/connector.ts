import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { systemClock } from "@rostra/wire";
import type { Protocol } from "../plan/options.ts";
import { isLoopback } from "../plan/target.ts";
import { livePathOf } from "./protocols.ts";

/** Where a connection goes. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly authority: string;
  readonly livePath: string;
  /** How to listen there, where that isn't each listener's own choice. */
  readonly protocol?: Protocol;
}

export interface ConnectionEvents {
  /** The buffer is shared: valid only during the call. @returns false to pause */
  onBytes(bytes: Buffer, end: number): boolean;
  onError(code: string): void;
  onClose(): void;
}

const READ_BYTES = 65_536;
/**
 * How long after the first of many connections that have ended their descriptors are closed, ms; and how many at once,
 * that often: thousands in one go stop the event loop for 200 ms.
 */
const BURY_AFTER_MS = 1_000;
const [BURIED_AT_ONCE, BURY_EVERY_MS] = [25, 10];
/** Places that are remembered: a fleet has a few, a hostile server might name any number. */
const MAX_PLACES = 1_000;

/** Opens connections that read into one shared buffer: nothing is allocated for what comes. */
export class Connector {
  readonly #homes: readonly Destination[];
  readonly #insecure: boolean;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  /** Thousands are sent to the same few places at once. */
  #places = new Map<string, Destination>();
  /** Connections that the other side has ended: not more than listeners. */
  readonly #ended = new Set<Socket>();

  /** @param homes addresses of one server or fleet, as a name may have several */
  constructor(homes: readonly Destination[], insecure: boolean) {
    this.#homes = homes;
    this.#insecure = insecure;
  }

  /** The first address. */
  get home(): Destination {
    return this.homeAt(0);
  }

  /** How many addresses there are to try. */
  get homes(): number {
    return this.#homes.length;
  }

  /** @param index any: they are taken in turn */
  homeAt(index: number): Destination {
    return this.#homes[index % this.#homes.length]!;
  }

  /** @param address to come from; undefined: as the system likes */
  connect(destination: Destination, address: string | undefined, events: ConnectionEvents): Socket {
    // Both families would be tried in turn: a crowd takes the one that it has addresses of.
    const host = destination.host === "localhost" ? "127.0.0.1" : destination.host;
    const { port } = destination;
    const from = address !== undefined && isLoopback(host) ? { localAddress: address } : {};
    const socket = destination.secure
      ? connectTls({
          host,
          port,
          ...from,
          rejectUnauthorized: !this.#insecure,
          // An address is no server name (RFC 6066, section 3).
          ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
        })
      : connectTcp({
          host,
          port,
          ...from,
          noDelay: true,
          // Its end is ours, too, and said at once: nothing is left to be written.
          allowHalfOpen: true,
          onread: {
            buffer: this.#buffer,
            callback: (bytes) => events.onBytes(this.#buffer, bytes),
          },
        });
    if (destination.secure) {
      socket.on("data", (bytes: Buffer) => {
        if (!events.onBytes(bytes, bytes.length)) socket.pause();
      });
    }
    socket.on("error", (error: NodeJS.ErrnoException) =>
      events.onError(error.code ?? error.message),
    );
    const onClose = () => events.onClose();
    socket.on("end", () => {
      socket.off("close", onClose);
      this.#bury(socket);
      events.onClose();
    });
    socket.on("close", onClose);
    return socket;
  }

  /** Closes what has ended a moment later: thousands end at once, and their listeners must go on first. */
  #bury(socket: Socket): void {
    this.#ended.add(socket);
    if (this.#ended.size > 1) return;
    systemClock.after(BURY_AFTER_MS, () => this.#burySome());
  }

  #burySome(): void {
    let left = BURIED_AT_ONCE;
    for (const ended of this.#ended) {
      this.#ended.delete(ended);
      ended.destroy();
      left -= 1;
      if (left === 0) break;
    }
    if (this.#ended.size > 0) systemClock.after(BURY_EVERY_MS, () => this.#burySome());
  }

  /** Closes a connection that another one has taken over from, when there is nothing else to do. */
  retire(socket: Socket | undefined): void {
    if (socket === undefined || this.#ended.has(socket)) return;
    silence(socket);
    socket.pause();
    this.#bury(socket);
  }

  /** Closes a connection of which nothing more is to be heard. */
  release(socket: Socket | undefined): void {
    if (socket === undefined) return;
    silence(socket);
    if (!this.#ended.has(socket)) socket.destroy();
  }

  /** Where a redirect or a tier leads; `from`, whoever said it, where it makes no sense. */
  sentOn(location: string, wanted: Protocol, from = this.home): Destination {
    const key = `${wanted} ${from.secure} ${from.authority}${from.livePath} ${location}`;
    let place = this.#places.get(key);
    if (place === undefined) {
      if (this.#places.size >= MAX_PLACES) this.#places.clear();
      place = this.#place(location, wanted, from);
      this.#places.set(key, place);
    }
    return place;
  }

  #place(location: string, wanted: Protocol, from: Destination): Destination {
    const { secure, authority, livePath } = from;
    const url = URL.parse(location, `${secure ? "https" : "http"}://${authority}${livePath}`);
    if (url === null || !/^(https?|wss?):$/.test(url.protocol)) return from;
    // Whoever is full of live listeners may still have HLS for them.
    const protocol = url.pathname.endsWith(".m3u8") ? "hls" : wanted;
    const tls = url.protocol === "https:" || url.protocol === "wss:";
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
      secure: tls,
      authority: url.host,
      livePath: livePathOf(url.pathname, protocol),
      protocol,
    };
  }
}

/** Nothing of it is heard any more but that it failed, which would else be nobody's to catch. */
function silence(socket: Socket): void {
  for (const event of ["close", "end", "data"]) socket.removeAllListeners(event);
}
