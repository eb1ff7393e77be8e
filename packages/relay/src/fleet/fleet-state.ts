import type { Cancel, Clock } from "@rostra/wire";
import type { StateListener, StateValue, Unsubscribe } from "../relay.ts";
import { StateReplica } from "../state-replica.ts";
import type { Bus } from "./bus.ts";
import { Earshot } from "./earshot.ts";
import { decodeFleetMessage, encodeFleetMessage, type FleetMessage } from "./message.ts";
import { inParts } from "./parts.ts";
import { Presence } from "./presence.ts";
import { type Entry, isSameDigest, VersionedState } from "./versioned-state.ts";

/** How often a process says that it's there, ms; more seldom where there are many of them. */
const BEAT_MS = 250;
const BEAT_MS_PER_PROCESS = 5;
/** Answers to "tell us all that is yours" go to everybody: one in so long is enough, ms. */
const ALL_MINE_MS = 200;
/** How long a newcomer waits for somebody to tell it all that stands, ms; and how often it asks. */
const STANDING_MS = 1_000;
const STANDING_TRIES = 3;

export interface FleetStateOptions {
  readonly buses: readonly Bus[];
  /** This process, this life of it: unique in the fleet. */
  readonly author: string;
  readonly subjects: (word: string) => string;
  readonly clock: Clock;
  /** Told of each key before those who watch it. */
  readonly onChanged: (key: string, value: StateValue | undefined) => void;
  /** Told when nobody hears this process any more, though it hears others; and when they do. */
  readonly onUnheard: (isUnheard: boolean) => void;
}

/**
 * The shared state of a fleet without a place where it lies: each process has a copy of all and
 * says what it sets to everybody. What got lost on the way shows in the beats, which carry a digest
 * of what their sender has set, and is asked for again. So any message engine that carries messages
 * at most once will do, and any number of them at the same time.
 */
export class FleetState {
  readonly #options: FleetStateOptions;
  readonly #state: VersionedState;
  readonly #replica = new StateReplica();
  readonly #presence = new Presence();
  readonly #earshot: Earshot;
  #isUnheard = false;
  readonly #unsubscribes: Unsubscribe[] = [];
  #cancelBeat: Cancel | undefined;
  #allMineAtMs = Number.NEGATIVE_INFINITY;
  #heardNothing = false;
  #beatAtMs = Number.POSITIVE_INFINITY;

  constructor(options: FleetStateOptions) {
    this.#options = options;
    this.#earshot = new Earshot(options.author, options.clock.nowMs());
    this.#state = new VersionedState(options.author, (key, value) => {
      options.onChanged(key, value);
      this.#replica.apply(key, value);
    });
  }

  /** Resolves when this process knows what stands, or nobody is there to tell. */
  async join(): Promise<void> {
    const { buses, subjects, author } = this.#options;
    const take = (bytes: Uint8Array) => this.#receive(bytes);
    for (const bus of buses) {
      this.#unsubscribes.push(
        bus.subscribe(subjects("state"), take),
        bus.subscribe(subjects(`author.${author}`), () => this.#tellAllMine()),
      );
      bus.onConnected(() => this.#beat());
    }
    for (let tries = 0; tries < STANDING_TRIES; tries += 1) {
      if (await this.#askStanding()) break;
    }
    for (const bus of buses) {
      const tell = (_: Uint8Array, to: string | undefined) => this.#tellStanding(bus, to);
      this.#unsubscribes.push(bus.subscribe(subjects("standing"), tell, "standing"));
    }
    this.#beatOn();
  }

  put(key: string, value: StateValue | undefined, ephemeral: boolean): void {
    const { clock } = this.#options;
    this.#say({ kind: "set", entry: this.#state.put(key, value, ephemeral, clock.nowMs()) });
  }

  get(key: string): StateValue | undefined {
    return this.#replica.get(key);
  }

  /** What stands under a key, as whoever set it has said it. */
  said(key: string): Uint8Array | undefined {
    const entry = this.#state.entry(key);
    return entry && encodeFleetMessage({ kind: "set", entry });
  }

  /** Takes what was said to this process by another way than to all. */
  hear(bytes: Uint8Array): void {
    this.#receive(bytes);
  }

  watch(prefix: string, listener: StateListener): Unsubscribe {
    return this.#replica.watch(prefix, listener);
  }

  /** Says goodbye: what is ephemeral goes at once. */
  close(): void {
    this.#cancelBeat?.();
    this.#say({ kind: "bye", author: this.#options.author });
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#replica.clear();
  }

  #say(message: FleetMessage): void {
    const bytes = encodeFleetMessage(message);
    const subject = this.#options.subjects("state");
    for (const bus of this.#options.buses) bus.publish(subject, bytes);
  }

  #beatOn(): void {
    this.#beat();
    this.#cancelBeat = this.#options.clock.after(this.#everyMs(), () => this.#beatOn());
  }

  /** With more processes each is heard more seldom: what all of them hear stays bounded. */
  #everyMs(): number {
    return Math.max(BEAT_MS, this.#presence.size * BEAT_MS_PER_PROCESS);
  }

  #beat(): void {
    const { author, clock, buses } = this.#options;
    const nowMs = clock.nowMs();
    const canHear = buses.some(({ answers }) => answers);
    // Stopped ourselves: what came meanwhile is still to be read.
    const wasStopped = nowMs - this.#beatAtMs > 2 * this.#everyMs();
    this.#beatAtMs = nowMs;
    if (wasStopped || (canHear && this.#heardNothing)) {
      this.#presence.resume(nowMs);
      this.#earshot.renew(nowMs);
    }
    this.#heardNothing = !canHear;
    const digest = this.#state.digest(author);
    const hears = this.#earshot.names(nowMs);
    this.#say({ kind: "beat", author, everyMs: this.#everyMs(), hears, ...digest });
    if (!canHear) return;
    for (const lapsed of this.#presence.takeLapsed(nowMs)) this.#state.lapse(lapsed);
  }

  #receive(bytes: Uint8Array): void {
    let message: FleetMessage | undefined;
    try {
      message = decodeFleetMessage(bytes);
    } catch {
      // Somebody else's words on our subjects: nothing of ours depends on them.
      return;
    }
    if (message !== undefined && !this.#isEcho(message)) this.#take(message);
  }

  /**
   * Whether this process said it itself. What a broken connection still held reaches the server after the next one
   * stands, and comes back by that: who took its own beat for another's would miss the next one, and hold itself for gone.
   */
  #isEcho(message: FleetMessage): boolean {
    return "author" in message && message.author === this.#options.author;
  }

  #take(message: FleetMessage): void {
    switch (message.kind) {
      case "set":
        this.#meet(message.entry.author);
        this.#state.take(message.entry);
        return;
      case "beat":
        this.#takeBeat(message);
        return;
      case "bye":
        this.#presence.left(message.author);
        this.#state.lapse(message.author);
        return;
      case "all-mine":
        this.#meet(message.author);
        this.#meetAuthors(message.entries);
        this.#state.takeAllOf(message);
        return;
      case "told":
        // On subjects of their own: see FleetTopics.
        return;
      case "standing":
        this.#meetAuthors(message.entries);
        for (const entry of message.entries) this.#state.take(entry);
    }
  }

  /** What goes with its author is kept for as long as that is heard of. */
  #meetAuthors(entries: readonly Entry[]): void {
    for (const { ephemeral, author } of entries) if (ephemeral === true) this.#meet(author);
  }

  /** Whoever has set something gets the time of a few beats to be heard of. */
  #meet(author: string): void {
    // Of ourselves we hear in what others have set before us: nobody beats for us here.
    if (author === this.#options.author || this.#presence.knows(author)) return;
    this.#presence.heard(author, this.#options.clock.nowMs(), BEAT_MS);
  }

  #takeBeat(beat: Extract<FleetMessage, { kind: "beat" }>): void {
    const { author, everyMs, hears } = beat;
    const nowMs = this.#options.clock.nowMs();
    this.#presence.heard(author, nowMs, everyMs);
    this.#earshot.heard(author, hears, nowMs);
    this.#noteUnheard(this.#earshot.isUnheard(nowMs));
    this.#state.returned(author);
    if (isSameDigest(this.#state.digest(author), beat)) return;
    const { buses, subjects } = this.#options;
    for (const bus of buses) bus.publish(subjects(`author.${author}`), NOTHING_TO_SAY);
  }

  #noteUnheard(isUnheard: boolean): void {
    if (isUnheard === this.#isUnheard) return;
    this.#isUnheard = isUnheard;
    this.#options.onUnheard(isUnheard);
  }

  #tellAllMine(): void {
    const { author, clock } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs - this.#allMineAtMs < ALL_MINE_MS) return;
    this.#allMineAtMs = nowMs;
    const parts = inParts(this.#state.allPut());
    const upTo = this.#state.lastAt;
    parts.forEach((entries, index) => {
      const from = index === 0 ? "" : entries[0]!.key;
      const to = parts[index + 1]?.[0]?.key ?? null;
      this.#say({ kind: "all-mine", author, upTo, from, to, entries });
    });
  }

  #tellStanding(bus: Bus, to: string | undefined): void {
    if (to === undefined) return;
    const parts = inParts(this.#state.all());
    parts.forEach((entries, index) => {
      const last = index === parts.length - 1;
      bus.publish(to, encodeFleetMessage({ kind: "standing", last, entries }));
    });
  }

  /** @returns false where somebody is there, and didn't tell it all in time */
  async #askStanding(): Promise<boolean> {
    const { buses } = this.#options;
    const answers = buses.filter((bus) => bus.connected).map((bus) => this.#askStandingOf(bus));
    const told = await Promise.all(answers);
    return told.length === 0 || told.some(Boolean);
  }

  async #askStandingOf(bus: Bus): Promise<boolean> {
    const { subjects, author, clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const inbox = subjects(`inbox.${author}.standing`);
    const unsubscribe = bus.subscribe(inbox, (bytes) => {
      // Nobody is there: we are the first.
      if (bytes.length === 0) return resolve(true);
      this.#receive(bytes);
      const message = decodeFleetMessage(bytes);
      if (message?.kind === "standing" && message.last) resolve(true);
    });
    const cancel = clock.after(STANDING_MS, () => resolve(false));
    bus.publish(subjects("standing"), NOTHING_TO_SAY, { answerTo: inbox });
    try {
      return await promise;
    } finally {
      cancel();
      unsubscribe();
    }
  }
}

/** Some engines take an empty message for "nobody is there". */
const NOTHING_TO_SAY = new Uint8Array([0]);
