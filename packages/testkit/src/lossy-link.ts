import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type LinkConditions, LinkModel } from "./link-model.ts";
import { TestWorldError } from "./rostra-process.ts";

/** Packets on their way in one direction; more are lost, as they are in a router. */
const MAX_IN_FLIGHT = 2_000;
/** Addresses that a client may send from: each has a socket of its own, as behind a NAT. */
const MAX_CLIENTS = 16;
const LOOPBACK = "127.0.0.1";

export interface LossyLinkOptions {
  /** From the client to the server. */
  readonly up?: LinkConditions;
  /** From the server to the client; default: as up. */
  readonly down?: LinkConditions;
  readonly seed?: number;
}

interface Address {
  readonly address: string;
  readonly port: number;
}

/**
 * A UDP way between a client and a server that isn't perfect, can be changed and can be cut. The
 * client sends to the link's port instead of the server's. What becomes of the n-th packet of a
 * direction depends on the seed alone; when it comes, also on the clock.
 */
export class LossyLink {
  readonly #inside: Socket;
  readonly #server: Address;
  readonly #clients = new Map<string, Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #seed: number;
  #up: LinkModel;
  #down: LinkModel;
  #isCut = false;
  #closed = false;

  private constructor(inside: Socket, server: Address, options: LossyLinkOptions) {
    this.#inside = inside;
    this.#server = server;
    this.#seed = options.seed ?? 1;
    this.#up = new LinkModel(options.up ?? {}, this.#seed);
    this.#down = new LinkModel(options.down ?? options.up ?? {}, this.#seed + 1);
    inside.on("message", (packet, client) => this.#fromClient(packet, client));
  }

  static async open(server: Address, options: LossyLinkOptions = {}): Promise<LossyLink> {
    const inside = createSocket("udp4");
    inside.bind(0, LOOPBACK);
    await once(inside, "listening");
    return new LossyLink(inside, server, options);
  }

  /**
   * Puts a link between a WebRTC client and whoever gave the answer.
   * @returns the link, and the answer with the link's address as its only candidate
   * @throws {TestWorldError} where the answer has no UDP candidate of IPv4
   */
  static async within(
    answer: string,
    options: LossyLinkOptions = {},
  ): Promise<{ link: LossyLink; answer: string }> {
    const lines = answer.split("\r\n");
    const candidates = lines.filter((line) => line.startsWith("a=candidate:"));
    const server = candidates.map(addressOf).find((one) => one !== undefined);
    if (server === undefined) throw new TestWorldError("the answer has no candidate for a link");
    const link = await LossyLink.open(server, options);
    const own = `a=candidate:1 1 UDP 2130706431 ${LOOPBACK} ${link.port} typ host`;
    const first = lines.indexOf(candidates[0]!);
    const others = lines.filter((line) => !line.startsWith("a=candidate:"));
    return { link, answer: others.toSpliced(first, 0, own).join("\r\n") };
  }

  /** Where the client sends to, on 127.0.0.1. */
  get port(): number {
    return this.#inside.address().port;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** From now on; packets on their way aren't touched. */
  change(up: LinkConditions, down: LinkConditions = up): void {
    this.#up = new LinkModel(up, this.#seed);
    this.#down = new LinkModel(down, this.#seed + 1);
  }

  /** Nothing gets through any more, nor what is on its way. */
  cut(): void {
    this.#isCut = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  restore(): void {
    this.#isCut = false;
  }

  #fromClient(packet: Buffer, client: RemoteInfo): void {
    const outside = this.#outsideOf(client);
    if (outside === undefined) return;
    this.#carry(this.#up, () => outside.send(packet, this.#server.port, this.#server.address));
  }

  /** Each client's own socket towards the server, so that answers find back. */
  #outsideOf(client: RemoteInfo): Socket | undefined {
    const key = `${client.address}:${client.port}`;
    const known = this.#clients.get(key);
    if (known !== undefined || this.#clients.size >= MAX_CLIENTS) return known;
    const outside = createSocket("udp4");
    outside.on("message", (packet) => {
      this.#carry(this.#down, () => this.#inside.send(packet, client.port, client.address));
    });
    // A server that isn't there is told by ICMP: no news for a link.
    outside.on("error", () => {});
    this.#clients.set(key, outside);
    return outside;
  }

  #carry(model: LinkModel, deliver: () => void): void {
    if (this.#isCut || this.#closed) return;
    const nowMs = performance.now();
    for (const arrivalMs of model.carry(nowMs)) {
      if (this.#timers.size >= MAX_IN_FLIGHT) return;
      if (arrivalMs <= nowMs) {
        deliver();
        continue;
      }
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        deliver();
      }, arrivalMs - nowMs);
      this.#timers.add(timer);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.cut();
    this.#closed = true;
    this.#inside.close();
    for (const socket of this.#clients.values()) socket.close();
  }
}

/** `a=candidate:<foundation> <component> UDP <priority> <address> <port> typ host` (RFC 8839). */
function addressOf(line: string): Address | undefined {
  const [, , protocol, , address, port] = line.split(" ");
  if (protocol?.toLowerCase() !== "udp" || !/^[\d.]+$/.test(address ?? "")) return undefined;
  return { address: address!, port: Number(port) };
}
