import type { Socket } from "node:net";
import { frameTimeMs, type ListenTier, WireError } from "@rostra/wire";
import type { Protocol } from "../plan/options.ts";
import { countReason, type Tally } from "../stats/tally.ts";
import { Comeback } from "./comeback.ts";
import type { Destination } from "./connector.ts";
import type { Dialogue, Refusal } from "./dialogue.ts";
import { FrameLine } from "./frame-line.ts";
import { HeardAnswer } from "./heard-answer.ts";
import type { ListenerOptions } from "./listener-options.ts";
import { NextConnection, type NextConnectionOwner, REFUSED } from "./next-connection.ts";
import { PATIENCE } from "./patience.ts";
import { Player } from "./player.ts";
import { beginDialogue } from "./protocols.ts";
import { SecondTry, type Try } from "./second-try.ts";
import { ThinLink } from "./thin-link.ts";
import { Whereabouts } from "./whereabouts.ts";

/** `waiting` for its time to come (back), `asking` without an answer, `listening`, or `gone`. */
type State = "waiting" | "asking" | "listening" | "gone";

/** Who is slow stops reading after this long, ms. */
const SLOW_AFTER_MS = 5_000;

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
  #error: string | undefined;
  #firstAttemptMs = -1;
  #attemptMs = 0;
  #lastBytesMs = 0;
  #told = false;
  #firstSoundMs = -1;
  #lastSoundMs = -1;
  #worstSilenceMs = 0;
  readonly #line = new FrameLine();
  /** The connection that is to take over. */
  #next: NextConnection | undefined;
  /** When the connection that there is began, ms. */
  #linkSinceMs = 0;
  readonly #comeback: Comeback;
  readonly #second = new SecondTry();
  readonly #heardAnswer = new HeardAnswer();
  readonly #player = new Player();
  readonly #whereabouts: Whereabouts;
  readonly #thin = new ThinLink();

  constructor(options: ListenerOptions) {
    const { ground, protocol, home, tally } = options;
    [this.#options, this.#tally, this.protocol] = [options, tally, protocol];
    this.#whereabouts = new Whereabouts(ground.connector, protocol, home);
    this.#comeback = new Comeback(tally);
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
    [this.#linkSinceMs, this.#error] = [nowMs, undefined];
    this.#second.begin();
    this.#thin.begin(nowMs);
    const { destination, hops } = this.#whereabouts;
    const protocol = destination.protocol ?? this.protocol;
    const resumes = protocol === "ws" && this.#line.next >= 0;
    if (!resumes) this.#line.next = -1;
    this.#dialogue = beginDialogue(protocol, {
      ...destination,
      hop: hops,
      events: this,
      decodes: ear !== undefined,
      from: resumes ? this.#line.next : undefined,
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

  /** Looks after itself, many times a second. @param hasRead whether all that came has been read */
  tend(nowMs: number, hasRead: boolean): void {
    if (this.state === "asking") {
      const { patienceMs } = this.#comeback;
      if (nowMs - this.#attemptMs >= patienceMs)
        this.#giveUp(`no first bytes in ${patienceMs / 1_000} s`);
      return;
    }
    if (this.state !== "listening") return;
    const { behaviour } = this.#options;
    if (behaviour === "slow") {
      const since = this.#firstSoundMs;
      if (since >= 0 && nowMs - since >= SLOW_AFTER_MS) this.#socket?.pause();
    } else if (behaviour === "thin") {
      if (this.#thin.mayRead(nowMs)) this.#socket?.resume();
    } else if (nowMs - this.#lastBytesMs >= PATIENCE.soundMs) {
      this.#giveUp("nothing for 5 s");
    } else if (this.protocol === "ws") {
      if (hasRead && (this.#next !== undefined || this.#second.isDue(nowMs)))
        this.#trySecond(nowMs);
      const answer = this.#heardAnswer.due(nowMs, this.#lastSoundMs);
      if (answer !== undefined) this.#socket?.write(answer);
    }
  }

  /** Beside a connection that is late another one is tried: the first to bring sound is the one. */
  #trySecond(nowMs: number): void {
    if (this.#next !== undefined) {
      if (nowMs >= this.#next.untilMs) this.failed(this.#next, "no sound in time");
      return;
    }
    const { tiers } = this.#options.ground.signpost;
    const due = this.#second.next(nowMs, tiers, (url) => this.#whereabouts.isHere(url));
    if (due === undefined) return;
    this.#tally.counts.secondTried += 1;
    this.#connectNext(this.#whereabouts.at(due.place), nowMs, due);
  }

  #connectNext(to: Destination, sinceMs: number, due?: Try): void {
    const { ground, address, ear } = this.#options;
    this.#next = new NextConnection(this, {
      connector: ground.connector,
      destination: to,
      address,
      decodes: ear !== undefined,
      from: this.#line.next < 0 ? undefined : this.#line.next,
      sinceMs,
      ...due,
    });
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
    this.#whereabouts.reset();
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
      const { place } = this.#whereabouts;
      if (place !== undefined) counts.moved += 1;
      if (place?.protocol === "hls" && this.protocol !== "hls") counts.fellBack += 1;
      this.#tally.firstSoundMs.add(nowMs - this.#firstAttemptMs);
      this.#tally.arrivedMs.add(nowMs - pulse.startMs);
    } else if (nowMs - this.#lastSoundMs > this.#worstSilenceMs) {
      this.#worstSilenceMs = nowMs - this.#lastSoundMs;
    }
    this.#lastSoundMs = nowMs;
    this.#comeback.heard(nowMs);
    this.#whereabouts.arrived();
    const airedMs = frameTimeMs(pulse.epochMs, first);
    // Sound from before it came is handed to a newcomer on purpose: it isn't late.
    if (airedMs >= pulse.serverNowMs(this.#attemptMs))
      this.#delayed(pulse.serverNowMs(nowMs) - airedMs);
    this.#player.take(first, count, nowMs);
    this.#watch(first + count - 1, nowMs);
    this.#line.follow(first, count, counts);
  }

  /** New sound ends a try beside this connection, and says when the next is late. */
  #watch(lastFrame: number, nowMs: number): void {
    if (lastFrame < this.#line.next) return;
    if (this.#next?.isTry === true) this.failed(this.#next);
    const { pulse } = this.#options.ground;
    const madeMs = frameTimeMs(pulse.epochMs, lastFrame);
    this.#second.arrived(lastFrame, nowMs, madeMs >= pulse.serverNowMs(this.#linkSinceMs));
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    this.#options.ear?.take(first, packets);
  }

  cadence(cadenceMs: number, fromFrame: number): void {
    this.#player.setCadence(cadenceMs, fromFrame);
    this.#comeback.cadence(cadenceMs);
    this.#second.cadence(cadenceMs, fromFrame);
  }

  askHeard(share: number): void {
    this.#heardAnswer.asked(share, this.#options.ground.pulse.nowMs());
  }

  serverTime(timeMs: number): void {
    this.#options.ground.pulse.heardTime(timeMs);
  }

  move(tiers: readonly ListenTier[]): void {
    const { connector, pulse } = this.#options.ground;
    connector.release(this.#next?.socket);
    const to = this.#whereabouts.toldToMove(tiers.filter(({ tier }) => tier === "live"));
    this.#connectNext(to, pulse.nowMs());
  }

  adopt(next: NextConnection): void {
    this.#options.ground.connector.release(this.#socket);
    [this.#socket, this.#dialogue, this.#next] = [next.socket, next.dialogue, undefined];
    next.adopted();
    this.#line.overlap();
    this.#options.ear?.connected(false);
    const nowMs = this.#options.ground.pulse.nowMs();
    [this.#lastBytesMs, this.#linkSinceMs] = [nowMs, next.sinceMs];
    this.#whereabouts.moved(next.destination);
    if (next.isTry) this.#second.won();
    this.#second.begin(nowMs - next.sinceMs);
    this.#tally.counts[next.isTry ? "secondWon" : "changedOver"] += 1;
  }

  failed(next: NextConnection, why?: string): void {
    if (next.isTry && why !== undefined) countReason(this.#tally.secondEnded, why);
    if (next.isTry && why === REFUSED) this.#second.refused();
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
    else this.#schedule(this.#comeback.failed(retryAfterMs === 0 ? undefined : retryAfterMs));
  }

  refused({ status, retryAfterMs, location, tiers }: Refusal): void {
    const sentOn = status >= 300 && status < 400 && location !== undefined;
    countReason(this.#tally.again, sentOn ? `${status} sent on` : `${status} refused`);
    if (sentOn || retryAfterMs !== undefined) this.#wasTold();
    this.#drop();
    if (status === 410) {
      this.#leave();
    } else if (sentOn && this.#whereabouts.sentOn(tiers, location)) {
      this.#schedule(0);
    } else {
      this.#whereabouts.refused();
      this.#schedule(this.#comeback.failed(retryAfterMs));
    }
  }

  #wasTold(): void {
    if (this.#told || this.#firstSoundMs >= 0) return;
    this.#told = true;
    this.#tally.counts.told += 1;
    this.#tally.counts.answered += 1;
    this.#tally.toldMs.add(this.#options.ground.pulse.nowMs() - this.#firstAttemptMs);
  }

  // What the connection does.

  /** @returns false where nothing more should be read for the moment */
  take(bytes: Buffer, end: number): boolean {
    const nowMs = this.#options.ground.pulse.nowMs();
    this.#tally.counts.bytes += end;
    this.#lastBytesMs = nowMs;
    if (this.state === "asking") {
      this.state = "listening";
      this.#second.joined(nowMs - this.#attemptMs);
      this.#options.ground.settled();
    }
    try {
      this.#dialogue?.push(bytes, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#giveUp(`protocol: ${error.message}`);
    }
    return this.#options.behaviour !== "thin" || this.#thin.take(end, nowMs);
  }

  /** The other side, or the system, has closed. What we close ourselves doesn't come here. */
  closed(code: string | undefined): void {
    if (this.#next === undefined) this.#giveUp(code ?? "ended without a word");
    else this.adopt(this.#next);
  }

  #giveUp(reason: string): void {
    const asked = this.state === "asking";
    const nowMs = this.#options.ground.pulse.nowMs();
    countReason(asked ? this.#tally.again : this.#tally.closed, reason);
    this.#drop();
    if (asked && this.#whereabouts.unanswered(reason)) {
      this.#schedule(0);
      return;
    }
    const { signpost } = this.#options.ground;
    // Where it asked nobody is: the others are asked for a place.
    if (asked) this.#whereabouts.choose(signpost.look(nowMs)?.tiers ?? []);
    else if (this.protocol === "ws") this.#whereabouts.flee(signpost.tiers);
    if (asked || this.#lastSoundMs < 0) {
      this.#schedule(this.#comeback.failed(undefined));
      return;
    }
    const [sinceMs, leftMs] = [nowMs - this.#lastSoundMs, this.#player.leftMs(nowMs)];
    this.#schedule(this.#comeback.broke(nowMs, sinceMs, this.#second.joinMs, leftMs));
  }

  #schedule(waitMs: number): void {
    if (this.state === "gone") return;
    this.state = "waiting";
    this.dueMs = this.#options.ground.pulse.nowMs() + waitMs;
    this.#options.ground.returns(this);
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
}
