import type { Socket } from "node:net";
import { chooseTier, frameTimeMs, type ListenTier, WireError } from "@rostra/wire";
import type { Ear } from "../heard/ear.ts";
import type { Protocol } from "../plan/options.ts";
import type { Behaviour } from "../plan/plan.ts";
import { countReason, type Tally } from "../stats/tally.ts";
import type { Connector, Destination } from "./connector.ts";
import type { Dialogue, Refusal } from "./dialogue.ts";
import { NextConnection, type NextConnectionOwner } from "./next-connection.ts";
import { comeBackMs, PATIENCE } from "./patience.ts";
import { Player } from "./player.ts";
import { beginDialogue } from "./protocols.ts";
import type { Pulse } from "./pulse.ts";
import type { Signpost } from "./signpost.ts";

/** What all listeners of a process share. */
export interface Ground {
  readonly connector: Connector;
  /** Where there is room, for those who have found none. */
  readonly signpost: Signpost;
  readonly pulse: Pulse;
  /** Called when a connection has been answered, or given up. */
  readonly settled: () => void;
}

export interface ListenerOptions {
  readonly ground: Ground;
  readonly protocol: Protocol;
  readonly behaviour: Behaviour;
  readonly tally: Tally;
  /** Where it comes from; undefined: as the system likes. */
  readonly address: string | undefined;
  /** Undefined for those who only count. */
  readonly ear: Ear | undefined;
  /** Which of the server's addresses it tries first. */
  readonly home: number;
}

/** `waiting` for its time to come (back), `asking` without an answer, `listening`, or `gone`. */
type State = "waiting" | "asking" | "listening" | "gone";

/** Nobody is there: a browser tries a name's next address at once. */
const REFUSED = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);
/** Who is slow stops reading after this long, ms. */
const SLOW_AFTER_MS = 5_000;
/** Bytes a second on a thin link: 20 kbit/s, where the program takes 32. */
const THIN_BYTES_PER_SECOND = 2_500;
/** What a thin link takes at once. */
const THIN_BURST_BYTES = 8_192;

/** One listener with everything it goes through: attempts, silences, farewells, coming back. */
export class Listener implements NextConnectionOwner {
  readonly protocol: Protocol;
  state: State = "waiting";
  /** When it wants to be started, ms of the process's clock. */
  dueMs = 0;
  readonly #options: ListenerOptions;
  readonly #tally: Tally;
  #socket: Socket | undefined;
  #dialogue: Dialogue | undefined;
  #destination: Destination | undefined;
  #error: string | undefined;
  #failures = 0;
  #redirects = 0;
  #firstAttemptMs = -1;
  #attemptMs = 0;
  #lastBytesMs = 0;
  #told = false;
  #firstSoundMs = -1;
  #lastSoundMs = -1;
  #worstSilenceMs = 0;
  /** Number of the frame that should come next; -1: any. */
  #nextFrame = -1;
  /** The connection that is to take over, and whether what it brings may be known already. */
  #next: NextConnection | undefined;
  #overlaps = false;
  readonly #player = new Player();
  #home: number;
  /** Addresses that were tried in a row. */
  #tried = 0;
  #budgetFromMs = 0;
  #readBytes = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#tally = options.tally;
    this.protocol = options.protocol;
    this.#home = options.home;
    this.#tally.counts.planned += 1;
  }

  /** Neither thin nor slow: it should miss nothing. */
  get isSteady(): boolean {
    return this.#options.behaviour === "steady";
  }

  /** Connects, for the first time or again. */
  start(nowMs: number): void {
    const { ground, address, ear } = this.#options;
    if (this.#firstAttemptMs < 0) {
      this.#firstAttemptMs = nowMs;
      this.#tally.counts.started += 1;
    }
    [this.state, this.#attemptMs, this.#lastBytesMs] = ["asking", nowMs, nowMs];
    [this.#error, this.#readBytes, this.#budgetFromMs] = [undefined, 0, nowMs];
    const destination = this.#destination ?? ground.connector.homeAt(this.#home);
    const protocol = destination.protocol ?? this.protocol;
    const resumes = protocol === "ws" && this.#nextFrame >= 0;
    if (!resumes) this.#nextFrame = -1;
    this.#dialogue = beginDialogue(protocol, {
      authority: destination.authority,
      livePath: destination.livePath,
      hop: this.#redirects,
      events: this,
      decodes: ear !== undefined,
      from: resumes ? this.#nextFrame : undefined,
    });
    ear?.connected(resumes);
    this.#socket = ground.connector.connect(destination, address, {
      onBytes: (bytes, end) => this.take(bytes, end),
      onError: (code) => {
        this.#error = code;
      },
      onClose: () => this.closed(this.#error),
    });
    this.#socket.write(this.#dialogue.opening);
  }

  /** Looks after itself, several times a second. */
  tend(nowMs: number): void {
    if (this.state === "asking") {
      if (nowMs - this.#attemptMs >= PATIENCE.firstBytesMs) this.#giveUp("no first bytes in 2 s");
      return;
    }
    if (this.state !== "listening") return;
    const { behaviour } = this.#options;
    if (behaviour === "slow") {
      const since = this.#firstSoundMs;
      if (since >= 0 && nowMs - since >= SLOW_AFTER_MS) this.#socket?.pause();
    } else if (behaviour === "thin") {
      if (this.#hasBudget(nowMs)) this.#socket?.resume();
    } else if (nowMs - this.#lastBytesMs >= PATIENCE.soundMs) {
      this.#giveUp("nothing for 5 s");
    }
  }

  /** How long it has been without sound, ms; 0 for who hasn't had any or has left. */
  silenceMs(nowMs: number): number {
    return this.#lastSoundMs < 0 || this.state === "gone" ? 0 : nowMs - this.#lastSoundMs;
  }

  /** The longest silence at the ear of a player since this was asked last, ms. */
  takeStallMs(nowMs: number): number {
    return this.state === "gone" ? 0 : this.#player.takeWorstMs(nowMs);
  }

  /** Reads on: what a server said to who didn't read is still to come. */
  wake(): void {
    this.#socket?.resume();
  }

  /** By its own will: what it doesn't hear meanwhile is silence all the same. */
  leaveAndReturn(): void {
    if (this.state !== "asking" && this.state !== "listening") return;
    this.#drop();
    [this.#home, this.#destination] = [this.#options.home, undefined];
    this.#schedule(0);
  }

  /** The end: its silences are settled, its connection closed. */
  finish(nowMs: number): void {
    if (this.state === "gone") return;
    this.#worstSilenceMs = Math.max(this.#worstSilenceMs, this.silenceMs(nowMs));
    this.#drop();
    this.#leave();
  }

  // What the dialogue tells.

  send(bytes: string | Uint8Array): void {
    this.#socket?.write(bytes);
  }

  sound(first: number, count: number): void {
    const { pulse } = this.#options.ground;
    const nowMs = pulse.nowMs();
    const { counts } = this.#tally;
    counts.chunks += 1;
    if (this.#firstSoundMs < 0) {
      this.#firstSoundMs = nowMs;
      counts.heard += 1;
      if (!this.#told) counts.answered += 1;
      if (this.#destination !== undefined) counts.moved += 1;
      if (this.#destination?.protocol === "hls" && this.protocol !== "hls") counts.fellBack += 1;
      this.#tally.firstSoundMs.add(nowMs - this.#firstAttemptMs);
      this.#tally.arrivedMs.add(nowMs - pulse.startMs);
    } else if (nowMs - this.#lastSoundMs > this.#worstSilenceMs) {
      this.#worstSilenceMs = nowMs - this.#lastSoundMs;
    }
    this.#lastSoundMs = nowMs;
    this.#tried = 0;
    this.#failures = 0;
    this.#redirects = 0;
    const airedMs = frameTimeMs(pulse.epochMs, first);
    // Sound from before it came is handed to a newcomer on purpose: it isn't late.
    if (airedMs >= pulse.serverNowMs(this.#attemptMs))
      this.#delayed(pulse.serverNowMs(nowMs) - airedMs);
    this.#player.take(first, count, nowMs);
    this.#follow(first, count);
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    this.#options.ear?.take(first, packets);
  }

  serverTime(timeMs: number): void {
    this.#options.ground.pulse.heardTime(timeMs);
  }

  move(tiers: readonly ListenTier[]): void {
    const { ground, address, ear } = this.#options;
    ground.connector.release(this.#next?.socket);
    const place = this.#choice(tiers.filter(({ tier }) => tier === "live"));
    if (place === undefined) this.#destination = undefined;
    else this.#goTo(place);
    this.#next = new NextConnection(this, {
      connector: ground.connector,
      destination: this.#destination ?? ground.connector.homeAt(this.#home + 1),
      address,
      decodes: ear !== undefined,
      from: this.#nextFrame < 0 ? undefined : this.#nextFrame,
    });
  }

  adopt(next: NextConnection): void {
    this.#options.ground.connector.release(this.#socket);
    [this.#socket, this.#dialogue, this.#next] = [next.socket, next.dialogue, undefined];
    next.adopted();
    this.#overlaps = true;
    this.#options.ear?.connected(false);
    this.#lastBytesMs = this.#options.ground.pulse.nowMs();
    this.#tally.counts.changedOver += 1;
  }

  failed(next: NextConnection): void {
    this.#options.ground.connector.release(next.socket);
    if (this.#next === next) this.#next = undefined;
  }

  goodbye(reason: string, retryAfterMs: number | null): void {
    if (this.#next !== undefined && retryAfterMs !== null) {
      this.adopt(this.#next);
      return;
    }
    countReason(this.#tally.closed, reason);
    this.#drop();
    if (retryAfterMs === null) this.#leave();
    else this.#comeBack(retryAfterMs === 0 ? undefined : retryAfterMs);
  }

  refused({ status, retryAfterMs, location, tiers }: Refusal): void {
    const sentOn = status >= 300 && status < 400 && location !== undefined;
    countReason(this.#tally.again, sentOn ? `${status} sent on` : `${status} refused`);
    if (sentOn || retryAfterMs !== undefined) this.#wasTold();
    this.#drop();
    if (status === 410) {
      this.#leave();
    } else if (sentOn && this.#redirects < PATIENCE.redirects) {
      this.#redirects += 1;
      this.#goTo(this.#choice(tiers) ?? location);
      this.#schedule(0);
    } else {
      this.#redirects = 0;
      this.#destination = undefined;
      this.#comeBack(retryAfterMs);
    }
  }

  #wasTold(): void {
    if (this.#told || this.#firstSoundMs >= 0) return;
    this.#told = true;
    this.#tally.counts.told += 1;
    this.#tally.counts.answered += 1;
    const nowMs = this.#options.ground.pulse.nowMs();
    this.#tally.toldMs.add(nowMs - this.#firstAttemptMs);
  }

  /** Each draws for itself, so that a crowd spreads as there is room. */
  #choice(tiers: readonly ListenTier[]): string | undefined {
    return chooseTier(tiers, Math.random())?.url;
  }

  #goTo(place: string): void {
    const { connector } = this.#options.ground;
    const from = this.#destination ?? connector.homeAt(this.#home);
    this.#destination = connector.sentOn(place, this.protocol, from);
  }

  // What the connection does.

  /** @returns false where nothing more should be read for the moment */
  take(bytes: Buffer, end: number): boolean {
    const nowMs = this.#options.ground.pulse.nowMs();
    this.#tally.counts.bytes += end;
    this.#lastBytesMs = nowMs;
    if (this.state === "asking") {
      this.state = "listening";
      this.#options.ground.settled();
    }
    try {
      this.#dialogue?.push(bytes, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#giveUp(`protocol: ${error.message}`);
    }
    if (this.#options.behaviour !== "thin") return true;
    this.#readBytes += end;
    return this.#hasBudget(nowMs);
  }

  #hasBudget(nowMs: number): boolean {
    const taken = ((nowMs - this.#budgetFromMs) / 1_000) * THIN_BYTES_PER_SECOND;
    return this.#readBytes < THIN_BURST_BYTES + taken;
  }

  /** The other side, or the system, has closed. What we close ourselves doesn't come here. */
  closed(code: string | undefined): void {
    if (this.#next === undefined) this.#giveUp(code ?? "ended without a word");
    else this.adopt(this.#next);
  }

  #giveUp(reason: string): void {
    const asked = this.state === "asking";
    countReason(asked ? this.#tally.again : this.#tally.closed, reason);
    this.#drop();
    if (asked && this.#triesNext(reason)) return;
    if (asked) {
      // Where it asked nobody is: the others are asked for a place.
      const { signpost, pulse } = this.#options.ground;
      const place = this.#choice(signpost.look(pulse.nowMs())?.tiers ?? []);
      if (place === undefined) this.#destination = undefined;
      else this.#goTo(place);
    }
    this.#comeBack(undefined);
  }

  /** @returns true where another address of the server is tried instead of waiting */
  #triesNext(reason: string): boolean {
    this.#destination = undefined;
    this.#home += 1;
    this.#tried += 1;
    if (!REFUSED.has(reason) || this.#tried >= this.#options.ground.connector.homes) return false;
    this.#schedule(0);
    return true;
  }

  #comeBack(askedMs: number | undefined): void {
    this.#failures += 1;
    this.#schedule(comeBackMs(this.#failures, askedMs, Math.random()));
  }

  #schedule(waitMs: number): void {
    if (this.state === "gone") return;
    this.state = "waiting";
    this.dueMs = this.#options.ground.pulse.nowMs() + waitMs;
  }

  /** For good: nobody asks it again. */
  #leave(): void {
    if (this.state === "gone") return;
    if (this.#lastSoundMs >= 0) this.#tally.silenceMs.add(this.#worstSilenceMs);
    this.state = "gone";
  }

  #drop(): void {
    if (this.state === "asking") this.#options.ground.settled();
    this.#options.ground.connector.release(this.#socket);
    this.#options.ground.connector.release(this.#next?.socket);
    [this.#socket, this.#dialogue, this.#next] = [undefined, undefined, undefined];
  }

  #delayed(delayMs: number): void {
    this.#tally.delayMs.add(delayMs);
    if (this.isSteady) this.#options.ground.pulse.delayMs.add(delayMs);
  }

  #follow(first: number, count: number): void {
    const { counts } = this.#tally;
    const next = this.#nextFrame;
    if (next >= 0 && first > next) counts.skippedFrames += first - next;
    const known = next >= 0 && first < next ? Math.min(next, first + count) - first : 0;
    // Two connections overlap on purpose, and nobody hears it.
    if (!this.#overlaps) counts.repeatedFrames += known;
    if (first + count >= next) this.#overlaps = false;
    this.#nextFrame = Math.max(next, first + count);
  }
}
