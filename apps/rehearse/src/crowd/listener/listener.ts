import { type BrokenWay, frameTimeMs, type ListenTier, WireError } from "@rostra/wire";
import type { Protocol } from "../plan/options.ts";
import { countReason, type Tally } from "../stats/tally.ts";
import { Comeback } from "./comeback.ts";
import {
  Connection,
  type ConnectionOptions,
  type ConnectionOwner,
  NOTHING_EITHER,
  REFUSED,
} from "./connection.ts";
import type { Destination } from "./connector.ts";
import type { Refusal } from "./dialogue.ts";
import { Experience } from "./experience.ts";
import { FrameLine } from "./frame-line.ts";
import { HeardAnswer } from "./heard-answer.ts";
import { Links } from "./links.ts";
import type { ListenerOptions } from "./listener-options.ts";
import { PATIENCE } from "./patience.ts";
import { Player } from "./player.ts";
import { SecondTry, type Try } from "./second-try.ts";
import { Standby } from "./standby.ts";
import { ThinLink } from "./thin-link.ts";
import { Whereabouts } from "./whereabouts.ts";

/** `waiting` for its time to come (back), `asking` without an answer, `listening`, or `gone`. */
type State = "waiting" | "asking" | "listening" | "gone";

/** Who is slow stops reading after this long, ms. */
const SLOW_AFTER_MS = 5_000;

/** One listener with everything it goes through: attempts, silences, farewells, coming back. */
export class Listener implements ConnectionOwner {
  readonly protocol: Protocol;
  state: State = "waiting";
  /** When it wants to be started, ms of the process's clock. */
  dueMs = 0;
  readonly #options: ListenerOptions;
  readonly #tally: Tally;
  readonly #links: Links;
  #attemptMs = 0;
  #lastBytesMs = 0;
  readonly #experience: Experience;
  readonly #line = new FrameLine();
  /** When the connection that there is began, ms. */
  #linkSinceMs = 0;
  readonly #comeback: Comeback;
  readonly #second = new SecondTry(() => this.#standby.stands);
  readonly #heardAnswer = new HeardAnswer();
  readonly #player = new Player();
  readonly #whereabouts: Whereabouts;
  /** The last connection that ended without a word. */
  #broken: Connection | undefined;
  readonly #thin = new ThinLink();
  readonly #standby: Standby;

  constructor(options: ListenerOptions) {
    const { ground, protocol, home, tally } = options;
    [this.#options, this.#tally, this.protocol] = [options, tally, protocol];
    this.#links = new Links(ground.connector);
    this.#whereabouts = new Whereabouts(ground.connector, protocol, home);
    this.#comeback = new Comeback(tally);
    this.#standby = new Standby(ground, this.#whereabouts, (to, nowMs) =>
      this.#connectTo(to, nowMs, { isStandby: true }),
    );
    this.#experience = new Experience(tally);
  }

  /** Neither thin nor slow: it should miss nothing. */
  get isSteady(): boolean {
    return this.#options.behaviour === "steady";
  }

  /** Whether a link waits for it elsewhere. */
  get hasStandby(): boolean {
    return this.#standby.stands;
  }

  /** Connects, for the first time or again. */
  start(nowMs: number): void {
    this.#experience.attempted(nowMs);
    [this.state, this.#attemptMs, this.#lastBytesMs] = ["asking", nowMs, nowMs];
    this.#linkSinceMs = nowMs;
    this.#second.begin();
    this.#thin.begin(nowMs);
    const { destination, hops: hop } = this.#whereabouts;
    this.#standby.moved(destination.authority, nowMs);
    const protocol = destination.protocol ?? this.protocol;
    if (protocol !== "ws") this.#line.next = -1;
    const how = { protocol, hop, isCurrent: true, ...this.#line.wanted };
    this.#options.ear?.connected(how.from !== undefined);
    this.#links.begin(this.#connectTo(destination, nowMs, how));
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
      const since = this.#experience.firstSoundMs;
      if (since >= 0 && nowMs - since >= SLOW_AFTER_MS) this.#links.current?.socket.pause();
    } else if (behaviour === "thin") {
      if (this.#thin.mayRead(nowMs)) this.#links.current?.socket.resume();
    } else if (nowMs - this.#lastBytesMs >= PATIENCE.soundMs) {
      this.#giveUp("nothing for 5 s");
    } else if (this.protocol === "ws") {
      if (this.#links.areCompared(nowMs)) this.#settle(nowMs);
      const isLate = this.#links.next !== undefined || this.#second.isDue(nowMs);
      if (hasRead && isLate && !this.#hasBroken) this.#trySecond(nowMs);
      this.#standby.tend(nowMs);
      const answer = this.#heardAnswer.due(nowMs, this.#experience.lastSoundMs);
      if (answer !== undefined) this.#links.current?.send(answer);
    }
  }

  /** Beside a connection that is late another one is tried: the first to bring sound is the one. */
  #trySecond(nowMs: number): void {
    const { next } = this.#links;
    if (next !== undefined) {
      if (nowMs >= next.untilMs) this.failed(next, "no sound in time");
      return;
    }
    const { tiers } = this.#options.ground.signpost;
    const due = this.#second.next(nowMs, tiers, this.#whereabouts, this.#standby.notes(nowMs));
    if (due === undefined) return;
    this.#tally.counts.secondTried += 1;
    const isThere = due.place !== undefined && due.place === this.#standby.place;
    const standby = isThere ? this.#standby.take(nowMs) : undefined;
    if (standby === undefined) this.#connectNext(this.#whereabouts.at(due.place), nowMs, due);
    else this.#listenBy(standby, nowMs, due);
  }

  /** The link that has waited is needed. */
  #listenBy(standby: Connection, sinceMs: number, how: Partial<Try> & { afterMs?: number }) {
    this.#tally.counts.standbyUsed += 1;
    this.#links.prepare(standby);
    standby.listen({ isSecond: false, ...how, ...this.#line.wanted, sinceMs });
  }

  #connectNext(to: Destination, sinceMs: number, due?: Try): void {
    this.#links.prepare(this.#connectTo(to, sinceMs, { ...this.#line.wanted, ...due }));
  }

  #connectTo(destination: Destination, sinceMs: number, how: Partial<ConnectionOptions>) {
    const { ground, address, ear } = this.#options;
    const decodes = ear !== undefined;
    const options = { connector: ground.connector, destination, address, decodes, sinceMs };
    return new Connection(this, { protocol: "ws", ...options, ...how });
  }

  /** How long it has been without sound, ms; 0 for who hasn't had any or has left. */
  silenceMs(nowMs: number): number {
    return this.state === "gone" ? 0 : this.#experience.silenceMs(nowMs);
  }

  /** The longest silence at the ear of a player since this was asked last, ms. */
  takeStallMs(nowMs: number): number {
    return this.state === "gone" ? 0 : this.#player.takeWorstMs(nowMs);
  }

  /** Reads on: what a server said to who didn't read is still to come. */
  wake(): void {
    this.#links.current?.socket.resume();
  }

  get isHome(): boolean {
    return this.#whereabouts.isHome;
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
    this.#drop();
    this.#leave(nowMs);
  }

  // What connections tell.

  sound(first: number, count: number, by: Connection, isHolding = false): void {
    const { pulse } = this.#options.ground;
    const nowMs = pulse.nowMs();
    this.#links.arrived(by, first + count - 1, count, nowMs);
    if (this.#links.former !== undefined) {
      this.#line.overlap();
      if (first + count <= this.#line.next) return;
      // The other one may still have voices.
      if (this.#second.turns(isHolding)) {
        if (by === this.#links.former) this.failed(by);
        else this.#goBack(nowMs);
        return;
      }
    }
    const { counts } = this.#tally;
    counts.chunks += 1;
    if (this.#experience.firstSoundMs < 0) {
      const { place } = this.#whereabouts;
      const fellBack = place?.protocol === "hls" && this.protocol !== "hls";
      this.#experience.heardFirst(nowMs, pulse.startMs, { moved: place !== undefined, fellBack });
    }
    this.#experience.heard(nowMs);
    if (this.isSteady && this.protocol === "ws") this.#standby.want(nowMs);
    this.#comeback.heard(nowMs);
    this.#whereabouts.arrived();
    const airedMs = frameTimeMs(pulse.epochMs, first);
    // Sound from before it came is handed to a newcomer on purpose: it isn't late.
    if (airedMs >= pulse.serverNowMs(this.#attemptMs)) {
      const delayMs = pulse.serverNowMs(nowMs) - airedMs;
      this.#tally.delayMs.add(delayMs);
      if (this.isSteady) pulse.delayMs.add(delayMs);
    }
    this.#player.take(first, count, nowMs);
    this.#watch(first + count - 1, nowMs, isHolding);
    this.#line.follow(first, count, counts);
  }

  /** New sound ends a try that is made beside this connection, and says when the next is late. */
  #watch(lastFrame: number, nowMs: number, isHolding: boolean): void {
    if (lastFrame < this.#line.next) return;
    const { pulse } = this.#options.ground;
    const madeMs = frameTimeMs(pulse.epochMs, lastFrame);
    const isLive = madeMs >= pulse.serverNowMs(this.#linkSinceMs);
    this.#second.arrived(lastFrame, nowMs, isLive, isHolding);
    const { next } = this.#links;
    if (next?.isTry !== true || this.#second.insists) return;
    // One that has waited isn't thrown away: it shows whether it is the better one.
    if (next.stands) this.#links.outrun();
    else this.failed(next);
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    if (this.#links.former !== undefined) this.#options.ear?.connected(false);
    this.#options.ear?.take(first, packets);
  }

  cadence(cadenceMs: number, fromFrame: number): void {
    this.#player.setCadence(cadenceMs, fromFrame);
    this.#line.cadenceMs = cadenceMs;
    this.#second.cadence(cadenceMs, fromFrame);
  }

  askHeard(share: number): void {
    this.#heardAnswer.asked(share, this.#options.ground.pulse.nowMs());
  }

  serverTime(timeMs: number): void {
    this.#options.ground.pulse.heardTime(timeMs);
  }

  move(tiers: readonly ListenTier[]): void {
    const { pulse } = this.#options.ground;
    const to = this.#whereabouts.toldToMove(tiers.filter(({ tier }) => tier === "live"));
    this.#connectNext(to, pulse.nowMs());
  }

  adopt(next: Connection): void {
    const nowMs = this.#options.ground.pulse.nowMs();
    if (next.isTry) this.#links.adoptBeside(next, nowMs);
    else this.#links.adopt(next);
    this.#adopted(next, nowMs);
  }

  /** The connection that there was has ended. @returns false where no other one is there */
  #takesOver(): boolean {
    const nowMs = this.#options.ground.pulse.nowMs();
    if (this.#goBack(nowMs)) return true;
    const { next } = this.#links;
    if (next === undefined) return false;
    this.#links.adopt(next);
    if (next.isTry) this.#second.won();
    this.#adopted(next, nowMs);
    return true;
  }

  #adopted(next: Connection, nowMs: number): void {
    this.#goOnBy(next, nowMs);
    this.#second.begin(nowMs - next.sinceMs);
    if (next.isTry) this.#tally.counts.secondWon += 1;
    else if (!next.stands) this.#tally.counts.changedOver += 1;
  }

  #goOnBy(link: Connection, nowMs: number): void {
    link.adopted();
    this.#overlap();
    [this.#lastBytesMs, this.#linkSinceMs] = [nowMs, link.sinceMs];
    this.#whereabouts.moved(link.destination);
    this.#standby.moved(link.destination.authority, nowMs);
  }

  /** Both have shown what they are. */
  #settle(nowMs: number): void {
    if (this.#links.isFormerBetter(nowMs)) {
      this.#goBack(nowMs);
      return;
    }
    this.#links.settle();
    this.#second.won();
    this.#overlap();
  }

  /** What comes next may have come by another connection already. */
  #overlap(): void {
    this.#line.overlap();
    this.#options.ear?.connected(false);
  }

  /** @returns false where no connection before goes on beside the one that there is */
  #goBack(nowMs: number): boolean {
    const former = this.#links.goBack();
    if (former !== undefined) this.#goOnBy(former, nowMs);
    return former !== undefined;
  }

  failed(next: Connection, why?: string): void {
    if (next === this.#links.former) {
      this.#links.failed(next);
      this.#second.won();
      return;
    }
    if (this.#standby.lost(next, this.#options.ground.pulse.nowMs(), why)) return;
    if (next.isTry && why !== undefined) countReason(this.#tally.secondEnded, why);
    if (next.isTry && why === REFUSED) this.#second.refused();
    this.#links.failed(next);
  }

  waitsOn(next: Connection): void {
    countReason(this.#tally.secondEnded, NOTHING_EITHER);
    this.#second.refused();
    this.#links.take(next);
    this.#standby.takeBack(next);
  }

  goodbye(reason: string, retryAfterMs: number | null): void {
    if (retryAfterMs !== null && this.#takesOver()) return;
    countReason(this.#tally.closed, reason);
    this.#drop();
    if (retryAfterMs === null) this.#leave();
    else this.#schedule(this.#comeback.failed(retryAfterMs === 0 ? undefined : retryAfterMs));
  }

  refused({ status, retryAfterMs, location, tiers }: Refusal): void {
    const sentOn = status >= 300 && status < 400 && location !== undefined;
    countReason(this.#tally.again, sentOn ? `${status} sent on` : `${status} refused`);
    if (sentOn || retryAfterMs !== undefined)
      this.#experience.wasTold(this.#options.ground.pulse.nowMs());
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

  /** @returns false where nothing more should be read for the moment */
  take(connection: Connection, bytes: Buffer, end: number): boolean {
    const nowMs = this.#options.ground.pulse.nowMs();
    this.#tally.counts.bytes += end;
    this.#lastBytesMs = nowMs;
    if (this.state === "asking") {
      this.state = "listening";
      this.#second.joined(nowMs - this.#attemptMs);
      this.#options.ground.settled();
    }
    try {
      connection.push(bytes, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#giveUp(`protocol: ${error.message}`);
    }
    return this.#options.behaviour !== "thin" || this.#thin.take(end, nowMs);
  }

  /** The other side, or the system, has closed. What we close ourselves doesn't come here. */
  closed(code: string | undefined): void {
    const reason = code ?? "ended without a word";
    if (this.#takesOver()) return;
    const { current } = this.#links;
    const { breaks, pulse } = this.#options.ground;
    const leftMs = this.#player.leftMs(pulse.nowMs());
    this.#broken = current;
    breaks.add(leftMs, () => {
      if (this.#hasBroken && this.#broken === current) this.#broke(reason, leftMs);
    });
  }

  /** Whether the connection that there is has ended, and its turn to go on by another one hasn't come. */
  get #hasBroken(): boolean {
    return this.#broken !== undefined && this.#broken === this.#links.current;
  }

  #broke(reason: string, leftMs: number): void {
    this.#broken = undefined;
    const nowMs = this.#options.ground.pulse.nowMs();
    if (this.#takesOver()) return;
    const standby = this.#standby.take(nowMs);
    if (standby === undefined) {
      this.#giveUp(reason);
      return;
    }
    countReason(this.#tally.closed, reason);
    this.#comeback.broke(nowMs, leftMs);
    const afterMs = this.#comeback.waitMs({ ...this.#brokenWay(nowMs), standsBy: true });
    this.#listenBy(standby, nowMs, { afterMs });
    this.#takesOver();
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
    if (asked || this.#experience.lastSoundMs < 0) {
      this.#schedule(this.#comeback.failed(undefined));
      return;
    }
    this.#comeback.broke(nowMs, this.#player.leftMs(nowMs));
    this.#schedule(this.#comeback.waitMs(this.#brokenWay(nowMs)));
  }

  #brokenWay(nowMs: number): BrokenWay {
    const sinceMs = this.#experience.silenceMs(nowMs);
    return { cadenceMs: this.#line.cadenceMs, sinceMs, joinMs: this.#second.joinMs };
  }

  #schedule(waitMs: number): void {
    if (this.state === "gone") return;
    this.state = "waiting";
    this.dueMs = this.#options.ground.pulse.nowMs() + waitMs;
    this.#options.ground.returns(this);
  }

  /** For good: nobody asks it again. */
  #leave(nowMs?: number): void {
    if (this.state === "gone") return;
    this.#standby.close();
    this.#experience.over(nowMs);
    this.state = "gone";
  }

  #drop(): void {
    if (this.state === "asking") this.#options.ground.settled();
    this.#links.close();
  }
}
