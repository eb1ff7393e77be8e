import { setTimeout as sleep } from "node:timers/promises";
import type { RtpPacket } from "@rostra/wire";
import { LossyLink, type LossyLinkOptions } from "./lossy-link.ts";
import { TestWorldError } from "./rostra-process.ts";
import { RtpSpeaker } from "./rtp-speaker.ts";

// The client SDK's numbers: see packages/client/src/uplink.
const LOOK_EVERY_MS = 250;
const DOUBTFUL_MS = 600;
const OVERLAP_MS = 700;
const RETRY_MS = [0, 200, 500, 1_000, 2_000];
const CONNECT_MS = 6_000;
const REQUEST_LIMIT_MS = 5_000;
/** TCP's least wait for an acknowledgement, doubled each time (RFC 6298; 200 ms on Linux). */
const RETRANSMIT_MS = 200;

interface Connection {
  readonly speaker: RtpSpeaker;
  /** Absent where the network is left as it is. */
  readonly link: LossyLink | undefined;
  readonly session: string;
}

/**
 * A speaker who keeps their place as a page with the SDK does, behind a network that can be cut: when
 * nothing has come for 600 ms, a new connection is begun that says which one it continues; the old
 * one goes on until the new one has sound. Nobody tells it that the network is back.
 */
export class SteadySpeaker {
  readonly #whipUrl: () => string;
  readonly #token: string;
  readonly #network: LossyLinkOptions | undefined;
  readonly #links = new Set<LossyLink>();
  readonly #look: NodeJS.Timeout;
  /** Older ones, in their last moment. */
  readonly #leaving = new Map<Connection, NodeJS.Timeout>();
  #connection: Connection | undefined;
  #isCut = false;
  #isConnecting = false;
  #closed = false;
  #packets = 0;
  #packetsAtMs = 0;
  #onPacket: (packet: RtpPacket) => void = () => {};
  /** Connections that were made so far. */
  connections = 0;

  private constructor(whipUrl: () => string, token: string, network?: LossyLinkOptions) {
    this.#whipUrl = whipUrl;
    this.#token = token;
    this.#network = network;
    this.#look = setInterval(() => this.#check(), LOOK_EVERY_MS);
  }

  /** @param whipUrl of the space; @param token of somebody who is on its stage */
  static async join(
    whipUrl: string,
    token: string,
    network: LossyLinkOptions = {},
  ): Promise<SteadySpeaker> {
    const steady = new SteadySpeaker(() => whipUrl, token, network);
    await steady.#reconnect();
    return steady;
  }

  /**
   * Begins to connect, and never gives up.
   * @param whipUrl asked for each connection
   * @param network left out: as it is, with nothing in between that could be cut
   */
  static open(whipUrl: () => string, token: string, network?: LossyLinkOptions): SteadySpeaker {
    const steady = new SteadySpeaker(whipUrl, token, network);
    void steady.#reconnect();
    return steady;
  }

  /** Packets of the others' sound on the connection that is used now. */
  get packetsReceived(): number {
    return this.#connection?.speaker.packetsReceived ?? 0;
  }

  /** @param timestamp in samples at 48 kHz */
  send(payload: Uint8Array, timestamp: number): void {
    this.#connection?.speaker.send(payload, timestamp);
    for (const { speaker } of this.#leaving.keys()) speaker.send(payload, timestamp);
  }

  /** A sender report: the sample `timestamp` is of `atMs`, ms since 1970 by the speaker's clock. */
  report(timestamp: number, atMs: number): void {
    this.#connection?.speaker.report(timestamp, atMs);
    for (const { speaker } of this.#leaving.keys()) speaker.report(timestamp, atMs);
  }

  /** What the others say, on any connection. */
  onPacket(listener: (packet: RtpPacket) => void): void {
    this.#onPacket = listener;
  }

  /** The network is gone, for sound and for requests. */
  cut(): void {
    this.#isCut = true;
    for (const link of this.#links) link.cut();
  }

  /** The same network is back, with all that was on it. */
  restore(): void {
    this.#isCut = false;
    for (const link of this.#links) link.restore();
  }

  /** Another network is there: what went over the old one stays dead. */
  restoreElsewhere(): void {
    this.#isCut = false;
  }

  #check(): void {
    const packets = this.packetsReceived;
    if (packets !== this.#packets) {
      this.#packets = packets;
      this.#packetsAtMs = performance.now();
    }
    const isDoubtful = this.#connection !== undefined && !this.#isFlowing();
    if (isDoubtful && !this.#isConnecting) void this.#reconnect();
  }

  #isFlowing(): boolean {
    return performance.now() - this.#packetsAtMs < DOUBTFUL_MS;
  }

  async #reconnect(): Promise<void> {
    this.#isConnecting = true;
    for (let failures = 0; !this.#closed; failures += 1) {
      try {
        this.#take(await this.#connect());
        break;
      } catch {
        // What there is has come back meanwhile.
        if (this.#connection !== undefined && this.#isFlowing()) break;
        const step = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]!;
        await sleep(step * (0.8 + 0.4 * Math.random()));
      }
    }
    this.#isConnecting = false;
  }

  #take(connection: Connection): void {
    const before = this.#connection;
    if (this.#closed) {
      this.#end(connection);
      return;
    }
    this.#connection = connection;
    this.connections += 1;
    this.#packets = 0;
    this.#packetsAtMs = performance.now();
    if (before === undefined) return;
    // Without a goodbye: the stage lets go of it when the newer one has sound.
    const timer = setTimeout(() => {
      this.#leaving.delete(before);
      this.#end(before);
    }, OVERLAP_MS);
    this.#leaving.set(before, timer);
  }

  async #connect(): Promise<Connection> {
    let link: LossyLink | undefined;
    let session = "";
    try {
      const speaker = await RtpSpeaker.connect(async (offer) => {
        const response = await this.#post(offer);
        const location = new URL(response.headers.get("location") ?? "", "http://any");
        session = location.pathname.split("/").at(-1) ?? "";
        const sdp = await response.text();
        if (this.#network === undefined) return sdp;
        const within = await LossyLink.within(sdp, this.#network);
        link = within.link;
        this.#links.add(link);
        if (this.#isCut) link.cut();
        return within.answer;
      }, CONNECT_MS);
      speaker.onPacket((packet) => this.#onPacket(packet));
      return { speaker, link, session };
    } catch (error) {
      this.#drop(link);
      throw error;
    }
  }

  async #post(offer: string): Promise<Response> {
    await this.#getThrough();
    const url = new URL(this.#whipUrl());
    const continues = this.#connection?.session;
    if (continues !== undefined) url.searchParams.set("continues", continues);
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/sdp", authorization: `Bearer ${this.#token}` },
      body: offer,
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    if (response.status === 201) return response;
    throw new TestWorldError(`WHIP answered ${response.status}: ${await response.text()}`);
  }

  /** As TCP does while its packets are lost: again after twice the time, until one gets through. */
  async #getThrough(): Promise<void> {
    let waitedMs = 0;
    for (let waitMs = RETRANSMIT_MS; this.#isCut; waitMs *= 2) {
      waitedMs += waitMs;
      if (waitedMs > REQUEST_LIMIT_MS) throw new TestWorldError("the server can't be reached");
      await sleep(waitMs);
    }
  }

  #end(connection: Connection): void {
    connection.speaker.close();
    this.#drop(connection.link);
  }

  #drop(link: LossyLink | undefined): void {
    if (link === undefined) return;
    this.#links.delete(link);
    link.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#look);
    for (const [connection, timer] of this.#leaving) {
      clearTimeout(timer);
      this.#end(connection);
    }
    this.#leaving.clear();
    if (this.#connection !== undefined) this.#end(this.#connection);
    this.#connection = undefined;
  }
}
