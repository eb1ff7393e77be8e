import type { Relay } from "@rostra/relay";
import {
  type Clock,
  type EdgePeople,
  type HeardSample,
  type ListenerCount,
  type ListenerMessage,
  type PresentPerson,
  type SpaceId,
  STATE_KEYS,
  type UserId,
} from "@rostra/wire";
import type { Sheddable } from "../admission/shedding.ts";
import type { RoomEvents } from "../fanout/room-events.ts";
import type { EdgeMetrics } from "../metrics.ts";
import type { FleetAudience } from "./fleet-audience.ts";
import { estimateHeard, HeardWindow, shareToAsk } from "./heard.ts";
import { countHls, HlsAudience } from "./hls-audience.ts";
import { mergeSamples, PeopleHere } from "./people.ts";
import {
  newReactionBudget,
  type ReactionBudget,
  ReactionSums,
  spendReaction,
} from "./reactions.ts";
import type { TokenCheck } from "./token-check.ts";

/** Reactions are told, and shown, at most this often, ms. */
const REACTIONS_MS = 250;
/** Numbers are told to the other edges at most this often, ms. */
const NUMBERS_MS = 1_000;
/** Names are told to the other edges at most this often, ms. */
const PEOPLE_MS = 2_000;
/** Who says their name again sooner is not heard, ms. */
const PRESENT_MS = 5_000;

/** What is remembered of a connection that has said something; most never do. */
export interface Attendee {
  readonly reactions: ReactionBudget;
  /** The window of the heard count that it has answered in. */
  heardIn: number;
  presentAtMs: number;
  person: UserId | null;
  gone: boolean;
}

export interface SpaceAudienceOptions {
  readonly spaceId: SpaceId;
  readonly edgeName: string;
  readonly relay: Pick<Relay, "put">;
  readonly clock: Clock;
  readonly fleet: FleetAudience;
  readonly tokens: TokenCheck;
  readonly events: RoomEvents;
  /** WebSocket listeners with sound on this edge: those who can be asked. */
  readonly pages: () => number;
  readonly sheds: (what: Sheddable) => boolean;
  readonly metrics: Pick<EdgeMetrics, "heardAsked" | "heardAnswers">;
}

/**
 * One space's audience on one edge: sums of what its listeners say, shared with the other edges in
 * messages whose size and number don't depend on how many listeners there are.
 */
export class SpaceAudience {
  readonly reactions = new ReactionSums();
  readonly #people: PeopleHere;
  readonly #options: SpaceAudienceOptions;
  readonly #window = new HeardWindow();
  readonly #hls = new HlsAudience();
  #sample: HeardSample | null = null;
  /** As it was told last: asking for the list costs the same, however many are on it. */
  #summary: EdgePeople = { total: 0, sample: [], marks: "" };
  #toldNumbers = "";
  /** What others know of by us: only that is taken back. */
  readonly #told = new Set<string>();
  /** Of the raid that comes from there: who has come along, on this edge. */
  #raidedFrom: SpaceId | undefined;
  #arrivedHere = 0;
  #reactionsAtMs = 0;
  #numbersAtMs = 0;
  #peopleAtMs = 0;

  constructor(options: SpaceAudienceOptions) {
    this.#options = options;
    this.#people = new PeopleHere(options.spaceId);
  }

  /** What other edges have told by now, for a room that has just opened. */
  open(): void {
    this.#options.events.setAudience(this.#numbers());
    this.hideNames([]);
  }

  /**
   * Hosts have hidden names, or let them be shown again.
   * @param fresh those hidden by it: lists that are open somewhere lose them at once
   */
  hideNames(fresh: readonly UserId[]): void {
    const { fleet, spaceId, events } = this.#options;
    this.#people.hide(fleet.hiddenNames(spaceId));
    if (fresh.length > 0) events.hideNames(fresh);
  }

  newAttendee(): Attendee {
    const reactions = newReactionBudget(this.#options.clock.nowMs());
    return { reactions, heardIn: 0, presentAtMs: 0, person: null, gone: false };
  }

  /** What a listener says, as it comes. */
  hear(attendee: Attendee, message: ListenerMessage): void {
    const nowMs = this.#options.clock.nowMs();
    switch (message.type) {
      case "reaction":
        if (this.#options.sheds("reactions") || !spendReaction(attendee.reactions, nowMs)) return;
        this.reactions.add(message.emoji);
        return;
      case "heard":
        if (attendee.heardIn === this.#window.number) return;
        attendee.heardIn = this.#window.number;
        this.#window.answer();
        return;
      case "present":
        this.#present(attendee, message.token, nowMs);
        return;
    }
  }

  leave(attendee: Attendee): void {
    attendee.gone = true;
    this.#forget(attendee);
  }

  /** Somebody fetched HLS. */
  sawHls(address: string, userAgent: string): void {
    this.#hls.saw(address, userAgent, this.#options.clock.nowMs());
  }

  /** Which space's audience comes along here; another raid is counted from 0. */
  setRaid(from: SpaceId | undefined): void {
    if (from === this.#raidedFrom) return;
    this.#raidedFrom = from;
    this.#arrivedHere = 0;
  }

  /** Somebody joined who says that they came along from there. */
  arrive(from: SpaceId): void {
    if (from === this.#raidedFrom) this.#arrivedHere += 1;
  }

  /** Who came along, on all edges. */
  get arrived(): number {
    const others = this.#options.fleet.audiences(this.#options.spaceId);
    return others.reduce((sum, { arrived = 0 }) => sum + arrived, this.#arrivedHere);
  }

  /** Before the room's own beat, so that what comes up leaves with it. */
  beat(nowMs: number): void {
    const { sheds } = this.#options;
    if (nowMs - this.#reactionsAtMs >= REACTIONS_MS) {
      this.#reactionsAtMs = nowMs;
      this.#tellReactions();
    }
    if (!sheds("counts")) this.#tellNumbers(nowMs);
    if (nowMs - this.#peopleAtMs >= PEOPLE_MS && !sheds("people")) {
      this.#peopleAtMs = nowMs;
      const people = this.#people.takeChanged();
      if (people !== undefined) this.#put(STATE_KEYS.peopleOf, people);
      this.#summary = people ?? this.#summary;
    }
  }

  /** The numbers beside the count, of all edges. */
  #numbers(): Required<Omit<ListenerCount, "now" | "peak">> {
    const { fleet, spaceId } = this.#options;
    const others = fleet.audiences(spaceId);
    const samples = [this.#sample, ...others.map(({ heard }) => heard)].filter((it) => it !== null);
    const hls = countHls([this.#hls.sketch(), ...others.map((other) => other.hls)]);
    if (samples.length === 0) return { heard: null, heardError: null, heardOf: null, hls };
    return { ...estimateHeard(samples), hls };
  }

  /** Everybody who said their name, on all edges: how many, and some of them. */
  list(): { readonly total: number; readonly sample: readonly PresentPerson[] } {
    const { fleet, spaceId } = this.#options;
    const edges = [this.#summary, ...fleet.people(spaceId)];
    return {
      total: edges.reduce((sum, { total }) => sum + total, 0),
      sample: mergeSamples(spaceId, edges, fleet.hiddenNames(spaceId)),
    };
  }

  /** Those of `ids` who said their names, here or on another edge. */
  whoOf(ids: readonly UserId[]): readonly UserId[] {
    const { fleet, spaceId } = this.#options;
    const hidden = fleet.hiddenNames(spaceId);
    return ids.filter(
      (id) => !hidden.has(id) && (this.#people.has(id) || fleet.isElsewhere(spaceId, id)),
    );
  }

  /** The space is over, or this edge is: others hear no more of it. */
  close(): void {
    this.#put(STATE_KEYS.audience, undefined);
    this.#put(STATE_KEYS.reactionTotal, undefined);
    this.#put(STATE_KEYS.peopleOf, undefined);
  }

  #present(attendee: Attendee, token: string | null, nowMs: number): void {
    if (token === null) {
      this.#forget(attendee);
      return;
    }
    if (nowMs - attendee.presentAtMs < PRESENT_MS) return;
    attendee.presentAtMs = nowMs;
    this.#options.tokens.add(token, (person) => {
      if (attendee.gone) return;
      this.#forget(attendee);
      if (this.#people.add(person)) attendee.person = person.id;
    });
  }

  #forget(attendee: Attendee): void {
    if (attendee.person !== null) this.#people.remove(attendee.person);
    attendee.person = null;
  }

  #tellReactions(): void {
    const { events, sheds } = this.#options;
    const untold = this.reactions.takeUntold();
    if (untold !== undefined) this.#put(STATE_KEYS.reactionTotal, untold);
    const unshown = this.reactions.takeUnshown();
    // Let go of, not kept: a burst from a minute ago would be a lie.
    if (unshown !== undefined && !sheds("reactions")) events.addReactions(unshown);
  }

  #countHeard(sample: HeardSample | null): void {
    const { heardAsked, heardAnswers } = this.#options.metrics;
    heardAsked.inc((sample?.of ?? 0) * (sample?.share ?? 0));
    heardAnswers.inc(sample?.answers ?? 0);
  }

  #tellNumbers(nowMs: number): void {
    const { pages, events, fleet, spaceId } = this.#options;
    const here = pages();
    if (this.#window.isOver(nowMs) && (here > 0 || this.#sample !== null)) {
      const all = fleet.audiences(spaceId).reduce((sum, other) => sum + other.pages, here);
      const share = here > 0 ? shareToAsk(all) : undefined;
      this.#sample = this.#window.next(
        share === undefined ? undefined : { share, of: here },
        nowMs,
      );
      this.#countHeard(this.#sample);
      if (share !== undefined) events.askHeard(share);
    }
    if (nowMs - this.#numbersAtMs < NUMBERS_MS) return;
    this.#numbersAtMs = nowMs;
    this.#hls.turn(nowMs);
    const arrived = this.#arrivedHere === 0 ? {} : { arrived: this.#arrivedHere };
    const numbers = { pages: here, heard: this.#sample, hls: this.#hls.sketch(), ...arrived };
    const text = JSON.stringify(numbers);
    if (text !== this.#toldNumbers) this.#put(STATE_KEYS.audience, numbers);
    this.#toldNumbers = text;
    events.setAudience(this.#numbers());
  }

  #put(key: (id: SpaceId, edgeName: string) => string, value: unknown): void {
    const { relay, spaceId, edgeName } = this.#options;
    const name = key(spaceId, edgeName);
    if (value !== undefined) this.#told.add(name);
    else if (!this.#told.delete(name)) return;
    relay.put(name, value, { ephemeral: true });
  }
}
