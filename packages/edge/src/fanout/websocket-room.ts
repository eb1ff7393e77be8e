import type { Clock, Rendition } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { EdgeMetrics } from "../metrics.ts";
import type { ProgramLine } from "../program/line.ts";
import type { Thinning } from "./bit-budget.ts";
import { CatchUps, type Rest } from "./catch-up.ts";
import type { ChunkPlan } from "./chunk-plan.ts";
import { Crowd, type Listener } from "./crowd.ts";
import { easingFrom } from "./easing.ts";
import { Ladder } from "./ladder.ts";
import { Slots } from "./slots.ts";
import { RENDITION_MESSAGES, WebSocketSlot } from "./websocket-slot.ts";
import type { Writer } from "./writer.ts";

export interface WebSocketRoomOptions {
  readonly line: ProgramLine;
  /** True while older frames are still on their way: who resumes with them waits. */
  readonly loadingPast: () => boolean;
  readonly plan: ChunkPlan;
  readonly clock: Clock;
  readonly metrics: EdgeMetrics;
  readonly writer: Writer;
  /** Who gets the thin rendition because the edge's line is full. */
  readonly thinning: () => Thinning;
  readonly onTooSlow: (listener: Listener) => void;
}

/** How a WebSocket listener wants to come in. */
export interface WebSocketWish {
  /** Resume with this frame number; undefined: begin with the latest second. */
  readonly from: number | undefined;
  /** False for people on stage: room events only. */
  readonly sound: boolean;
  readonly rendition: Rendition;
  /** How much sound its chunks held so far, ms; undefined: there were none, or it doesn't say. */
  readonly cadenceMs?: number | undefined;
  /** Whether another edge may serve it still. */
  readonly second?: boolean;
}

/** What a listener is sent as it comes in. */
export interface Joined {
  /** Behind handshake and welcome. */
  readonly first: readonly Uint8Array[];
  /** What it is sent afterwards, until it is where its slot is; undefined: it is there. */
  readonly rest: Rest | undefined;
}

/**
 * A room's WebSocket listeners. Each is in one crowd: in a slot of the full or the thin rendition,
 * or among those who get the events alone: by their own wish, or until they have caught up.
 */
export class WebSocketRoom {
  readonly #options: WebSocketRoomOptions;
  readonly #full: Slots<WebSocketSlot>;
  readonly #thin: Slots<WebSocketSlot>;
  readonly #slotOf = new WeakMap<Crowd, WebSocketSlot>();
  readonly #eventsOnly: Crowd;
  /** For the events-only crowd: emptied as soon as that has taken what it was sent before. */
  #events: Uint8Array[] = [];
  readonly #catchUps: CatchUps;
  readonly #ladder: Ladder;

  constructor(options: WebSocketRoomOptions) {
    const { line, plan, loadingPast, clock, metrics, thinning, onTooSlow } = options;
    this.#options = options;
    const full = (): Rendition => (thinning() === "everybody" ? "thin" : "full");
    const thin = (): Rendition => "thin";
    this.#full = new Slots({ plan, line, open: (end) => this.#open(full, end) });
    this.#thin = new Slots({ plan, line, open: (end) => this.#open(thin, end) });
    this.#eventsOnly = new Crowd({ metrics, onTooSlow });
    this.#ladder = new Ladder((listener) => this.#raise(listener));
    this.#catchUps = new CatchUps({
      line,
      loadingPast,
      rendition: (slot) => slot.rendition,
      nowMs: () => clock.nowMs(),
      // By its kind, not by what it is sent: for a while everybody may get thin sound.
      served: (slot) => (this.#thin.all.includes(slot) ? this.#thin : this.#full).pickServed(),
      onDone: (listener, slot) => this.#enter(listener, slot),
      onTooSlow,
    });
  }

  #open(rendition: () => Rendition, end: number | undefined): WebSocketSlot {
    const { line, writer, metrics, plan, onTooSlow } = this.#options;
    const crowd = new Crowd({ metrics, onTooSlow, onSlow: (it) => this.#lower(it) });
    const patienceMs = () => plan.cadenceMs;
    const slot = new WebSocketSlot({ crowd, line, end, writer, rendition, patienceMs });
    this.#slotOf.set(crowd, slot);
    return slot;
  }

  /** Lets a listener in; {@link resume} goes on once it has its first bytes. */
  join(listener: Listener, wish: WebSocketWish): Joined {
    if (!wish.sound) {
      this.#eventsOnly.add(listener);
      return { first: [], rest: undefined };
    }
    const crowded = this.#options.thinning() !== "nobody";
    const slots = wish.rendition === "thin" || crowded ? this.#thin : this.#full;
    const slot = wish.from === undefined ? slots.pick() : slots.pickServed();
    if (crowded && wish.rendition === "full") {
      this.#ladder.put(listener, this.#options.clock.nowMs());
    }
    if (wish.from === undefined) {
      slot.crowd.add(listener);
      return { first: slot.latestSecond(), rest: undefined };
    }
    const easing = this.#easingFor(wish);
    const { pieces, rest } = this.#catchUps.atOnce({ from: wish.from, slot, easing });
    // Until it has caught up, it is one of those who follow the events.
    (rest === undefined ? slot.crowd : this.#eventsOnly).add(listener);
    const first = [...(slot.rendition === "thin" ? [RENDITION_MESSAGES.thin] : []), ...pieces];
    return { first, rest };
  }

  /** Each costs writes of its own: beyond the bound it must do with what it has in hand. */
  #easingFor({ cadenceMs }: WebSocketWish) {
    if (this.#catchUps.eased >= BOUNDS.easedListeners) return undefined;
    const { plan, clock } = this.#options;
    return easingFrom(cadenceMs, plan.cadenceMs, clock.nowMs());
  }

  /** Begins to send what one that has just joined hasn't got with its first bytes. */
  resume(listener: Listener, { rest }: Joined): void {
    if (rest !== undefined) this.#catchUps.add(listener, rest);
  }

  /** @param events whole messages for everybody: they leave with each slot's next chunk */
  queue(events: Uint8Array, nowMs: number): void {
    for (const slots of [this.#full, this.#thin]) {
      for (const slot of slots.all) slot.queue(events, nowMs);
    }
    if (this.#eventsOnly.size > 0) this.#events.push(events);
  }

  beat(nowMs: number): void {
    const { writer, thinning } = this.#options;
    this.#full.beat(nowMs);
    this.#thin.beat(nowMs);
    if (this.#events.length > 0 && !this.#eventsOnly.busy) {
      const events = Buffer.concat(this.#events);
      this.#events = [];
      writer.write(this.#eventsOnly, events, events, nowMs);
    }
    this.#catchUps.beat(nowMs);
    this.#ladder.beat(nowMs, thinning() === "nobody");
  }

  /** It is written nothing more by beats; its socket may still take a farewell. */
  forget(listener: Listener): void {
    listener.crowd?.remove(listener);
    this.#catchUps.remove(listener);
    this.#ladder.remove(listener);
  }

  /** @see Slots.turns */
  get turns(): number {
    return Math.max(this.#full.turns, this.#thin.turns);
  }

  get everybody(): Listener[] {
    const slots = [...this.#full.all, ...this.#thin.all];
    return [...slots.map(({ crowd }) => crowd), this.#eventsOnly].flatMap((crowd) => crowd.all);
  }

  /** Everybody, with all that there was to send. */
  removeAll(nowMs: number): Listener[] {
    const crowds = [this.#full, this.#thin].flatMap((slots) => {
      slots.finish(nowMs);
      return slots.all.map(({ crowd }) => crowd);
    });
    if (this.#events.length > 0) {
      const events = Buffer.concat(this.#events);
      this.#eventsOnly.write(events, events, nowMs);
    }
    this.#catchUps.finish();
    return [...crowds, this.#eventsOnly].flatMap((crowd) => crowd.removeAll());
  }

  /** It has caught up: from the next chunk on it gets what all of the slot get. */
  #enter(listener: Listener, slot: WebSocketSlot): void {
    listener.crowd?.remove(listener);
    if (!listener.socket.destroyed) slot.crowd.add(listener);
  }

  /** It doesn't follow: half as much sound might pass. What it missed is skipped. */
  #lower(listener: Listener): void {
    const slot = listener.crowd && this.#slotOf.get(listener.crowd);
    if (slot === undefined || slot.rendition === "thin") return;
    this.#options.metrics.renditions.inc({ rendition: "thin" });
    this.#ladder.put(listener, this.#options.clock.nowMs());
    listener.socket.write(RENDITION_MESSAGES.thin);
    this.#enter(listener, this.#thin.pick());
  }

  /** It has followed for a while: what lies between the two slots it gets on the way. */
  #raise(listener: Listener): void {
    const slot = listener.crowd && this.#slotOf.get(listener.crowd);
    // One that is still catching up stays as it is until it falls again.
    if (slot === undefined || listener.socket.destroyed) return;
    this.#options.metrics.renditions.inc({ rendition: "full" });
    listener.crowd?.remove(listener);
    this.#eventsOnly.add(listener);
    listener.socket.write(RENDITION_MESSAGES.full);
    this.#catchUps.add(listener, { from: (slot.upTo ?? -1) + 1, slot: this.#full.pick() });
  }
}
