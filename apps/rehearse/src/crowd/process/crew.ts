import { type Cancel, systemClock } from "@rostra/wire";
import { Ear } from "../heard/ear.ts";
import { Breaks } from "../listener/breaks.ts";
import { Connector } from "../listener/connector.ts";
import { Listener } from "../listener/listener.ts";
import { Pulse } from "../listener/pulse.ts";
import { Signpost } from "../listener/signpost.ts";
import { PROTOCOLS } from "../plan/options.ts";
import { BEHAVIOURS, GROUPS, type Group } from "../plan/plan.ts";
import { Tally } from "../stats/tally.ts";
import { DueLine } from "./due-line.ts";
import type { Progress, Regroup, TallyByGroup, WorkOrder } from "./message.ts";

/** How often listeners are looked after: a chunk that is late must be noticed by some 20 ms. */
const TEND_MS = 25;
/** An event loop this late has something to read, ms. */
const BUSY_MS = 50;
/** Connections begun in one turn of the event loop: what has come must be read in between. */
const STARTS_A_TURN = 50;

/** The listeners of one process: starts them in time, looks after them, sends them home. */
export class Crew {
  readonly ears: Ear[] = [];
  readonly #pulse: Pulse;
  readonly #signpost: Signpost;
  readonly #listeners: Listener[];
  readonly #startsMs: Float64Array;
  readonly #inFlightLimit: number;
  readonly #tallies: Readonly<Record<Group, Tally>>;
  #nextNew = 0;
  /** Those who come back, and what wakes us when the first of them is due. */
  readonly #returning = new DueLine<Listener>();
  #cancelWake: Cancel | undefined;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #inFlight = 0;
  #turnWaits = false;
  #cancelTend: Cancel | undefined;
  #tendDueMs = 0;
  #lateMs = 0;
  #readsFirst = false;
  #isOver = false;

  constructor({ target, via, insecure, plan, epochMs, offsetMs }: WorkOrder) {
    this.#pulse = new Pulse(epochMs, offsetMs);
    this.#signpost = new Signpost(target);
    this.#startsMs = plan.startsMs;
    this.#inFlightLimit = plan.inFlight;
    this.#tallies = {
      ws: new Tally(),
      ogg: new Tally(),
      hls: new Tally(),
      thin: new Tally(),
      slow: new Tally(),
    };
    const ground = {
      connector: new Connector([target, ...via], insecure),
      signpost: this.#signpost,
      pulse: this.#pulse,
      breaks: new Breaks(),
      standsBy: plan.standsBy,
      settled: () => this.#settled(),
      returns: (listener: Listener) => this.#returns(listener),
    };
    this.#listeners = Array.from(plan.protocols, (protocolIndex, at) => {
      const protocol = PROTOCOLS[protocolIndex]!;
      const behaviour = BEHAVIOURS[plan.behaviours[at]!]!;
      const ear = plan.decodes[at] === 1 ? new Ear(protocol) : undefined;
      if (ear !== undefined) this.ears.push(ear);
      const tally = this.#tallies[behaviour === "steady" ? protocol : behaviour];
      const address = plan.addresses[at % Math.max(1, plan.addresses.length)];
      return new Listener({ ground, protocol, behaviour, tally, address, ear, home: at });
    });
  }

  /** @param atMs when the plan's clock begins, ms since 1970 */
  start(atMs: number): void {
    this.#pulse.startMs = atMs;
    this.#tendDueMs = atMs;
    this.#tend();
  }

  /** True when all have been told to go. */
  get allGone(): boolean {
    return this.#listeners.every((listener) => listener.state === "gone");
  }

  /** The longest that the event loop was late, ms. */
  get lateMs(): number {
    return this.#lateMs;
  }

  progress(second: number): Progress {
    const nowMs = this.#pulse.nowMs();
    let [listening, standingBy, silenceMs, stallMs] = [0, 0, 0, 0];
    for (const listener of this.#listeners) {
      if (listener.state === "listening") listening += 1;
      if (listener.hasStandby) standingBy += 1;
      if (!listener.isSteady) continue;
      silenceMs = Math.max(silenceMs, listener.silenceMs(nowMs));
      stallMs = Math.max(stallMs, listener.takeStallMs(nowMs));
    }
    const delayMs = this.#pulse.delayMs.toData();
    this.#pulse.delayMs.clear();
    return { second, groups: this.groups(), listening, standingBy, silenceMs, stallMs, delayMs };
  }

  groups(): TallyByGroup {
    const entries = GROUPS.map((group) => [group, this.#tallies[group].toData()]);
    return Object.fromEntries(entries) as TallyByGroup;
  }

  /** They leave at once, and come back at once to the address that they tried first. */
  regroup(who: Regroup): void {
    for (const listener of this.#listeners) {
      if (who === "all" || !listener.isHome) listener.leaveAndReturn();
    }
  }

  /** Nobody is started or brought back any more; who doesn't read reads what was said to them. */
  lastOrders(): void {
    this.#isOver = true;
    this.#cancelTend?.();
    this.#cancelWake?.();
    this.#nextNew = this.#listeners.length;
    this.#returning.clear();
    for (const listener of this.#listeners) listener.wake();
  }

  /** Everybody leaves. */
  finish(): void {
    const nowMs = this.#pulse.nowMs();
    for (const listener of this.#listeners) listener.finish(nowMs);
  }

  #tend(): void {
    const nowMs = this.#pulse.nowMs();
    const lateMs = nowMs - this.#tendDueMs;
    this.#lateMs = Math.max(this.#lateMs, lateMs);
    // What came while this process was busy is read first: nobody's edge is late for that.
    this.#readsFirst = lateMs > BUSY_MS && !this.#readsFirst;
    for (let at = 0; at < this.#nextNew; at += 1) {
      this.#listeners[at]!.tend(nowMs, !this.#readsFirst);
    }
    this.#signpost.refresh(nowMs);
    this.#launch();
    this.#tendDueMs = nowMs + TEND_MS;
    this.#cancelTend = systemClock.after(TEND_MS, () => this.#tend());
  }

  #returns(listener: Listener): void {
    if (this.#isOver) return;
    this.#returning.add(listener);
    this.#wakeInTime();
  }

  /** One timer for all: the first who is due says when. */
  #wakeInTime(): void {
    const { firstMs } = this.#returning;
    if (firstMs >= this.#wakesAtMs || this.#turnWaits) return;
    this.#cancelWake?.();
    this.#wakesAtMs = firstMs;
    this.#cancelWake = systemClock.after(Math.max(0, firstMs - this.#pulse.nowMs()), () => {
      this.#wakesAtMs = Number.POSITIVE_INFINITY;
      this.#launch();
    });
  }

  #settled(): void {
    this.#inFlight -= 1;
    this.#launchSoon();
  }

  #launchSoon(): void {
    if (this.#turnWaits) return;
    this.#turnWaits = true;
    setImmediate(() => {
      this.#turnWaits = false;
      this.#launch();
    });
  }

  /** Starts who is due, as far as there may be more under way. */
  #launch(): void {
    const nowMs = this.#pulse.nowMs();
    for (let started = 0; started < STARTS_A_TURN; started += 1) {
      if (this.#inFlight >= this.#inFlightLimit) return;
      const listener = this.#nextDue(nowMs);
      if (listener === undefined) {
        this.#wakeInTime();
        return;
      }
      this.#inFlight += 1;
      listener.start(nowMs);
    }
    this.#launchSoon();
  }

  #nextDue(nowMs: number): Listener | undefined {
    const back = this.#returning.take(nowMs);
    if (back !== undefined) return back;
    if (this.#nextNew >= this.#listeners.length) return undefined;
    if (this.#pulse.startMs + this.#startsMs[this.#nextNew]! > nowMs) return undefined;
    this.#nextNew += 1;
    return this.#listeners[this.#nextNew - 1];
  }
}
