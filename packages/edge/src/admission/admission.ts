import type { Relay } from "@rostra/relay";
import {
  type Cancel,
  type Clock,
  type EdgeLoad,
  HOLDING_CLIP_PATH,
  type ListenAnswer,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
} from "@rostra/wire";
import { type Refusal, refuse } from "../http/respond.ts";
import type { EdgeMetrics } from "../metrics.ts";
import { baseOf, hlsPath, livePath, queryWithHop } from "./addresses.ts";
import { EdgeLoads, type KnownEdge } from "./edge-loads.ts";
import { type HlsConnection, HlsLoad } from "./hls-load.ts";
import { JoinLine } from "./join-line.ts";
import { KeptPlaces } from "./kept-places.ts";
import { makeListenAnswer } from "./listen-answer.ts";
import { ListenAnswers } from "./listen-answers.ts";
import { FOLLOWERS_ABOVE_MARK, type Marks } from "./marks.ts";
import { createPressureGauge, type OwnPressure } from "./pressure.ts";
import { NO_SECOND_LINK, takesSecondLink } from "./second-link.ts";
import { Shedding } from "./shedding.ts";
import { judge, MAX_HOPS, type NewcomerKind } from "./verdict.ts";

export interface AdmissionOptions {
  readonly name: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly metrics: EdgeMetrics;
  readonly marks: Marks;
  /** This edge's own public base; null where it shares one address with others. */
  readonly publicUrl: string | null;
  /** Base of a CDN that serves this edge's HLS; null: the edge itself does. */
  readonly hlsUrl: string | null;
  readonly cadenceMs: () => number;
  /** Whether the edge's line carries no more, as thin as the sound may be. */
  readonly lineFull: () => boolean;
  readonly space: (id: SpaceId) => SpaceSnapshot | undefined;
  /** Open connections here, of all spaces. */
  readonly audience: () => {
    readonly listeners: number;
    readonly followers: number;
    readonly standbys: number;
  };
  /** Who listen to a space, on all edges. */
  readonly listenersOf: (id: SpaceId) => number;
  /** How late this process came to what was due, in the mean since the last call, ms. */
  readonly lateMs: () => number;
  /** For tests: what the process finds out about itself. */
  readonly pressure?: () => OwnPressure;
  readonly random?: () => number;
}

/** Somebody who wants to listen. */
export interface Newcomer {
  readonly kind: NewcomerKind;
  readonly id: SpaceId;
  readonly query: URLSearchParams;
}

const SECOND_MS = 1_000;
/** When to ask again where everything is full, ms; clients add jitter of their own. */
const FULL_RETRY_MS = 5_000;
/**
 * From this utilisation on an edge at its longest cadence has no room left, and below it again; but
 * only where it is late, too. An event loop is as busy while many come at once, or where others have
 * the core, and its listeners don't notice.
 */
const SATURATED = 0.95;
const RELIEVED = 0.85;
const SATURATED_LATE_MS = 100;
const LONGEST_CADENCE_MS = 1_000;
/** Places that newcomers may need between two looks at who stands by: a tenth of a second of a storm. */
const [STORM_PLACES, STORM_SHARE] = [1_500, 0.1];
/** HLS is named no more at its mark, and refused above it: players that change connections stay. */
const HLS_SLACK = 1.2;

/**
 * Admission to an edge: says who comes in, where the others go, and what is let go of under
 * pressure. It asks nobody but the relay's last word.
 */
export class Admission {
  readonly shedding = new Shedding();
  readonly hls = new HlsLoad();
  readonly #line: JoinLine;
  /** Listeners who wait in the line; followers of events wait there, too. */
  #waiting = 0;
  readonly #options: AdmissionOptions;
  readonly #loads: EdgeLoads;
  readonly #places = new KeptPlaces();
  readonly #gauge: () => OwnPressure;
  readonly #random: () => number;
  readonly #answers = new ListenAnswers();
  #pressure: OwnPressure = { utilisation: 0, memory: 0, lateMs: 0 };
  #saturated = false;
  #joins = 0;
  #joinsPerSecond = 0;
  #closed = false;
  #draining = false;
  #cancel: Cancel;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#loads = new EdgeLoads(options.relay, options.name);
    this.#gauge = options.pressure ?? createPressureGauge(options.lateMs);
    this.#random = options.random ?? Math.random;
    this.#line = new JoinLine(options.clock, options.marks.joinsPerSecond);
    this.#publish();
    this.#cancel = options.clock.after(SECOND_MS, () => this.#second());
  }

  /** What this edge says of itself. */
  get load(): EdgeLoad {
    const { publicUrl, hlsUrl, marks, cadenceMs } = this.#options;
    return {
      url: publicUrl,
      hlsUrl,
      listeners: this.#listeners,
      mark: marks.listeners,
      utilisation: Math.round(this.#pressure.utilisation * 1_000) / 1_000,
      cadenceMs: cadenceMs(),
      joinsPerSecond: this.#joinsPerSecond,
      accepts: this.#hasRoom("websocket"),
      hlsSpare: hlsUrl === null ? this.#hlsSpare : null,
      ...(this.#draining && { isDraining: true }),
    };
  }

  /**
   * @returns why a newcomer is not let in here, with where to go instead; undefined: it is. Whoever
   * gets undefined hands its join to {@link letIn}.
   */
  refusal(newcomer: Newcomer): Refusal | undefined {
    const { kind, query } = newcomer;
    // Nearly everybody in a storm asks for nothing: each look would be a part of the join.
    const asks = query.size > 0;
    const returns = asks && query.has("from");
    const room = this.#hasRoom(kind, returns);
    if (asks && query.has("second") && !takesSecondLink(room, this.#pressure.lateMs)) {
      return NO_SECOND_LINK;
    }
    // Nobody looks further while there is room: in a storm that is a part of the join.
    const others = room ? [] : this.#reachable();
    const hls = !room && this.#hlsPlace() !== undefined;
    const hop = asks ? hopOf(query) : 0;
    const verdict = judge({ kind, hop, room, others, hls }, this.#random());
    switch (verdict.kind) {
      case "in":
        this.#joins += 1;
        if (kind !== "events") this.#places.letIn(returns);
        return undefined;
      case "edge": {
        this.#loads.countSent(verdict.edge.name);
        const base = baseOf(verdict.edge.load, this.#options.publicUrl)!;
        const path = livePath(newcomer.id, kind);
        return this.#elsewhere(newcomer.id, base + path + queryWithHop(query, hop + 1));
      }
      case "hls":
        return this.#elsewhere(newcomer.id, this.#takeHls() + hlsPath(newcomer.id));
      case "full":
        return ALL_FULL;
    }
  }

  /**
   * A playlist is asked for. Players that are in stay in, also those whose connection changed: what
   * asks for a part by its number has had a playlist before.
   * @returns why a new player is not served here, with where to go instead
   */
  refusalOfHls(
    connection: HlsConnection,
    id: SpaceId,
    query: URLSearchParams,
  ): Refusal | undefined {
    const { marks, hlsUrl, publicUrl } = this.#options;
    const isNew = !this.hls.knows(connection) && !query.has("_HLS_msn");
    const isFull = this.#draining || this.hls.players >= marks.hlsListeners * HLS_SLACK;
    // A CDN asks in place of all its players.
    if (!isNew || !isFull || hlsUrl !== null) {
      this.hls.countPlaylist(connection);
      return undefined;
    }
    const hop = hopOf(query);
    const other = this.#reachable().find(({ load }) => load.hlsSpare !== 0);
    if (other === undefined || hop >= MAX_HOPS) return ALL_FULL;
    this.#loads.countSentToHls(other.name);
    const base = other.load.hlsUrl ?? baseOf(other.load, publicUrl)!;
    return this.#elsewhere(id, base + hlsPath(id) + queryWithHop(query, hop + 1));
  }

  /**
   * The short way in, for one that waits for nothing else: whether it may come in at once. One who may has come in;
   * who may not is handed to {@link letIn}.
   */
  passes(): boolean {
    return this.#line.passes();
  }

  /**
   * A place is theirs from here on, whatever they wait for: one that seemed to become free in between would be
   * kept for whoever left it.
   * Who `returns` was listening a moment ago, and may be silent in the next: it goes before the line.
   * @param begun calls back once there is something to hear; called when their turn comes, within about a second
   * @param join called at once, or after both
   */
  letIn(
    { kind, returns }: { readonly kind: NewcomerKind; readonly returns: boolean },
    begun: (enter: () => void) => void,
    join: () => void,
  ): void {
    if (kind === "events") {
      this.#line.letIn(() => begun(join));
      return;
    }
    this.#waiting += 1;
    const enter = () => {
      this.#waiting -= 1;
      join();
    };
    if (!returns) {
      this.#line.letIn(() => begun(enter));
      return;
    }
    this.#line.precede();
    begun(enter);
  }

  /** Whether one more link in waiting may stand here. */
  get takesStandby(): boolean {
    return this.#options.audience().standbys < this.standbyPlaces;
  }

  /** Links in waiting that may stand here: those that could be let in, less what a storm fills in no time. */
  get standbyPlaces(): number {
    if (this.#closed || this.#draining) return 0;
    const { listeners } = this.#options.marks;
    const reserve = Math.min(STORM_PLACES, listeners * STORM_SHARE);
    return Math.max(0, listeners - reserve - this.#listeners);
  }

  /** What `/listen` says: made once a second for each space, or a few times where a crowd asks. */
  listenAnswer(space: SpaceSnapshot): ListenAnswer {
    const { publicUrl, listenersOf } = this.#options;
    return this.#answers.of(space.id, (asked) => {
      const edges = [{ load: this.load, spare: this.#spare }, ...this.#loads.others()];
      return makeListenAnswer({
        space,
        ownUrl: publicUrl,
        edges,
        // The others are asked as often.
        listeners: listenersOf(space.id) + asked * edges.length,
        retryAfterMs: FULL_RETRY_MS,
        random: this.#random,
      });
    });
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Newcomers are sent elsewhere from now on, and the others send nobody here. */
  drain(): void {
    this.#draining = true;
    this.#answers.clear();
    this.#publish();
  }

  /** Whether others are found at the same address: by a balancer, or by chance. */
  get sharesAddress(): boolean {
    return this.#options.publicUrl === null;
  }

  /** Listeners that other edges could take now. */
  get spareElsewhere(): number {
    return this.#reachable().reduce((sum, { spare }) => sum + spare, 0);
  }

  /** Newcomers are sent elsewhere from now on; the others are told. */
  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#line.close();
    this.#loads.close();
    this.#options.relay.put(STATE_KEYS.edgeLoad(this.#options.name), undefined);
  }

  #second(): void {
    this.#cancel = this.#options.clock.after(SECOND_MS, () => this.#second());
    this.#pressure = this.#gauge();
    this.#joinsPerSecond = this.#joins;
    this.#joins = 0;
    this.#answers.clear();
    this.hls.update();
    this.#watchSaturation();
    const { marks, metrics } = this.#options;
    const listeners = this.#listeners / Math.max(1, marks.listeners);
    this.shedding.update({ ...this.#pressure, listeners });
    metrics.sheddingLevel.set(this.shedding.level);
    this.#publish();
  }

  /** Longer chunks are the first remedy: only where they are at their longest is an edge full. */
  #watchSaturation(): void {
    const { utilisation, lateMs } = this.#pressure;
    const stretched = this.#options.cadenceMs() >= LONGEST_CADENCE_MS;
    if (utilisation < RELIEVED || !stretched) this.#saturated = false;
    else if (utilisation >= SATURATED && lateMs >= SATURATED_LATE_MS) this.#saturated = true;
  }

  #publish(): void {
    const key = STATE_KEYS.edgeLoad(this.#options.name);
    this.#options.relay.put(key, this.load, { ephemeral: true });
  }

  /** Those who stand in line are as good as in. */
  get #listeners(): number {
    return this.#options.audience().listeners + this.#waiting;
  }

  get #hlsSpare(): number {
    return this.#draining ? 0 : Math.max(0, this.#options.marks.hlsListeners - this.hls.players);
  }

  get #spare(): number {
    return this.#hasRoom("websocket") ? this.#free : 0;
  }

  /** Places for newcomers: without those that are kept for who comes back. */
  get #free(): number {
    const { clock, metrics } = this.#options;
    const kept = this.#places.kept(this.#listeners, clock.nowMs(), metrics.sums.goodbyes);
    return this.#options.marks.listeners - this.#listeners - kept;
  }

  #hasRoom(kind: NewcomerKind, returns = false): boolean {
    if (this.#closed || this.#draining || this.#line.full) return false;
    const { marks, audience } = this.#options;
    if (kind === "events") {
      const { followers } = audience();
      return this.#listeners + followers < marks.listeners + FOLLOWERS_ABOVE_MARK;
    }
    const free = this.#free;
    if (returns) return this.#listeners < marks.listeners;
    return !this.#saturated && !this.#options.lineFull() && free > 0;
  }

  #reachable(): KnownEdge[] {
    const { publicUrl } = this.#options;
    return this.#loads.others().filter(({ load }) => baseOf(load, publicUrl) !== undefined);
  }

  /** Where HLS has room: a CDN, here (""), or at another edge; undefined: nowhere. */
  #hlsPlace(): string | KnownEdge | undefined {
    const own = this.load;
    if (own.hlsUrl !== null) return own.hlsUrl;
    if (own.hlsSpare! > 0) return "";
    return this.#reachable().find(({ load }) => load.hlsSpare !== 0);
  }

  /** Sends one more there; ask {@link #hlsPlace} first. @returns its base */
  #takeHls(): string {
    const place = this.#hlsPlace()!;
    if (typeof place === "string") {
      this.hls.countComing();
      return place;
    }
    this.#loads.countSentToHls(place.name);
    return place.load.hlsUrl ?? baseOf(place.load, this.#options.publicUrl)!;
  }

  /** A browser can't follow a redirected upgrade, so the body names the tiers, too. */
  #elsewhere(id: SpaceId, location: string): Refusal {
    const detail = "there is no room here; follow Location, or one of tiers";
    const headers = { location, connection: "close", "cache-control": "no-store" };
    const space = this.#options.space(id);
    const tiers = space === undefined ? [] : this.listenAnswer(space).tiers;
    return refuse("elsewhere", detail, headers, { tiers });
  }
}

const ALL_FULL: Refusal = refuse(
  "crowded",
  "all is full; ask again after Retry-After",
  { "retry-after": String(FULL_RETRY_MS / 1_000), connection: "close" },
  { clip: HOLDING_CLIP_PATH },
);

/** How often a newcomer was sent on; who writes nonsense there was sent on often enough. */
function hopOf(query: URLSearchParams): number {
  const text = query.get("hop");
  if (text === null) return 0;
  return /^\d$/.test(text) ? Number(text) : MAX_HOPS;
}
