import type { Cancel, RostraError, SpaceId } from "@rostra/wire";
import { retryDelayMs } from "../../backoff.ts";
import { type Observable, Subject } from "../../observable.ts";
import { NO_NEWS, type StageNewsState } from "../news.ts";
import type { PeerSample } from "../peer.ts";
import type { RoomView, UplinkPlatform } from "../stage-connection.ts";
import type { Awareness } from "../stage-socket.ts";
import { stageUrls } from "../stage-urls.ts";
import { HeardStage } from "./heard-stage.ts";
import { isReplaced, type PairState, pairState, planWays } from "./plan.ts";
import { StageWay } from "./stage-way.ts";

export interface StagePairOptions {
  /** Of an edge. */
  readonly origin: string;
  readonly spaceId: SpaceId;
  readonly token: () => Promise<string>;
  /** What to send to every stage; asked anew for each connection. */
  readonly track: () => MediaStreamTrack;
  readonly music: () => boolean;
  readonly changed: (state: PairState) => void;
  /** Of the way that matters most of those that stand. */
  readonly sampled: (sample: PeerSample) => void;
  /** The browser wants a gesture before it plays what should be heard, or has had one. */
  readonly blocked: (blocked: boolean) => void;
}

/** Until the room has said what they are called: the first, whichever that is. */
const UNNAMED = "";
/** Before the second stage's way is begun beside a first one's that doesn't stand yet. */
const HEAD_START_MS = 1_500;
const LOOK_MS = 40;
/** A stage that refused us while another took us is asked again: it may have heard of us late. */
const REFUSED_MS = 5_000;

/**
 * One way to each stage of a space, so that either stage may go and neither we nor those who hear us
 * notice. Ways are kept by the stage's name: the second becomes the first without a new connection.
 */
export class StagePair {
  readonly #platform: UplinkPlatform;
  readonly #options: StagePairOptions;
  readonly #news = new Subject<StageNewsState>(NO_NEWS);
  readonly #ways = new Map<string, StageWay>();
  readonly #choice = new HeardStage();
  readonly #refusals = new Map<string, number>();
  readonly #retries = new Set<Cancel>();
  #stages: readonly string[] = [UNNAMED];
  #heard = UNNAMED;
  #started = false;
  #over = false;
  #waited = false;
  #wasConnected = false;
  #speakerId = "";
  #awareness: Awareness | null = null;
  #cancelWait: Cancel = () => {};
  #cancelMove: Cancel = () => {};
  #cancelLook: Cancel | null = null;

  constructor(platform: UplinkPlatform, options: StagePairOptions) {
    this.#platform = platform;
    this.#options = options;
  }

  /** What the stages tell this member: the first's word, another's while that is away. */
  get news(): Observable<StageNewsState> {
    return this.#news;
  }

  /** @param stages of the space, the first one first; never empty */
  setStages(stages: readonly string[]): void {
    const first = stages[0]!;
    const unnamed = this.#ways.get(UNNAMED);
    if (this.#heard === UNNAMED) this.#heard = first;
    if (unnamed !== undefined) {
      this.#ways.delete(UNNAMED);
      unnamed.stage = first;
      this.#ways.set(first, unnamed);
    }
    this.#stages = stages;
    if (this.#started) this.#review();
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#cancelWait = this.#platform.clock.after(HEAD_START_MS, () => {
      this.#waited = true;
      this.#review();
    });
    this.#review();
  }

  /** For good. @param error null where the person left by their own wish */
  stop(error: RostraError | null): void {
    if (this.#over) return;
    this.#end(error);
    this.#options.changed({ connection: "closed", error, redundant: false });
  }

  /** New connections beside those that there are: what is sent is of another kind now. */
  renew(): void {
    for (const way of this.#ways.values()) way.renew();
  }

  /**
   * The edge that we hear from goes within that time: what goes over sockets may go through it. New
   * ones are made beside them once a balancer should have seen that it goes.
   */
  onEdgeGoing(withinMs: number): void {
    this.#cancelMove();
    this.#cancelMove = this.#platform.clock.after(withinMs / 2, () => {
      for (const way of this.#ways.values()) if (way.path === "websocket") way.renew();
    });
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await Promise.allSettled([...this.#ways.values()].map((way) => way.replaceTrack(track)));
  }

  /** The room speaks of the first stage. */
  onRoom(room: RoomView): void {
    this.#ways.get(this.#stages[0]!)?.onRoom(room);
  }

  setAwareness(awareness: Awareness): void {
    this.#awareness = awareness;
    for (const way of this.#ways.values()) way.setAwareness(awareness);
  }

  setSpeaker(deviceId: string): void {
    this.#speakerId = deviceId;
    for (const way of this.#ways.values()) way.setSpeaker(deviceId);
  }

  /** In a gesture: those that aren't heard now may be later, without one. */
  async play(): Promise<void> {
    await Promise.all([...this.#ways.values()].map((way) => way.play()));
  }

  /** In the order of preference: those to what is no stage any more come last. */
  get #ordered(): StageWay[] {
    const current = this.#stages.flatMap((stage) => this.#ways.get(stage) ?? []);
    return [...current, ...[...this.#ways.values()].filter((way) => !current.includes(way))];
  }

  get #standing(): StageWay[] {
    return this.#ordered.filter(({ connection }) => connection === "connected");
  }

  #review(): void {
    if (this.#over) return;
    const { open, close } = planWays(this.#stages, this.#ordered, this.#heard, this.#waited);
    for (const stage of close) this.#drop(stage, null);
    for (const stage of open) if (!this.#ways.has(stage)) this.#open(stage);
    this.#lookAround();
    this.#tellNews();
    this.#tell();
  }

  #tell(): void {
    if (this.#over) return;
    const state = pairState(this.#ordered, this.#stages.length, this.#wasConnected);
    this.#wasConnected ||= state.connection === "connected";
    if (state.connection === "failed" || state.connection === "closed") this.#end(state.error);
    this.#options.changed(state);
  }

  #open(stage: string): void {
    const { origin, spaceId, token, track, music, sampled, blocked } = this.#options;
    const way: StageWay = new StageWay(stage, this.#platform, {
      // Named only where there are several: of one, the server knows best where it is by now.
      urls: () => stageUrls(origin, spaceId, this.#stages.length > 1 ? way.stage : null),
      token,
      track,
      music,
      heard: stage === this.#heard,
      speakerId: this.#speakerId,
      changed: () => this.#onWay(way),
      newsChanged: () => this.#tellNews(),
      sampled: (sample) => {
        if (this.#standing[0] === way) sampled(sample);
      },
      blocked: (isBlocked) => {
        if (way.stage === this.#heard) blocked(isBlocked);
      },
    });
    this.#ways.set(stage, way);
    if (this.#awareness !== null) way.setAwareness(this.#awareness);
    way.start();
  }

  #onWay(way: StageWay): void {
    // Let go of already.
    if (this.#over || this.#ways.get(way.stage) !== way) return;
    const { stage, connection } = way;
    const isCurrent = this.#stages.includes(stage);
    if (isCurrent && isReplaced(way)) {
      this.stop(way.error);
      return;
    }
    if (connection === "connected") this.#refusals.delete(stage);
    if (connection === "failed" || connection === "closed") {
      if (isCurrent) this.#retryLater(way);
      else this.#drop(stage, way.error);
    }
    this.#review();
  }

  #retryLater({ stage }: StageWay): void {
    const refusals = (this.#refusals.get(stage) ?? 0) + 1;
    this.#refusals.set(stage, refusals);
    const delayMs = REFUSED_MS + retryDelayMs(refusals, this.#platform.random());
    const cancel = this.#platform.clock.after(delayMs, () => {
      this.#retries.delete(cancel);
      const { connection } = this.#ways.get(stage) ?? {};
      if (connection !== "failed" && connection !== "closed") return;
      this.#drop(stage, null);
      this.#review();
    });
    this.#retries.add(cancel);
  }

  #drop(stage: string, error: RostraError | null): void {
    const way = this.#ways.get(stage);
    this.#ways.delete(stage);
    way?.stop(error);
  }

  /** Where two stand, which is heard is looked at closely; else it is the one that stands. */
  #lookAround(): void {
    const standing = this.#standing;
    if (standing.length > 1) {
      this.#cancelLook ??= this.#platform.clock.after(LOOK_MS, () => this.#look());
      return;
    }
    this.#cancelLook?.();
    this.#cancelLook = null;
    if (standing.length === 1) this.#hear(standing[0]!.stage);
  }

  #look(): void {
    this.#cancelLook = null;
    const marks = new Map(this.#standing.map((way) => [way.stage, way.soundMark]));
    const heard = this.#choice.look(this.#heard, marks, this.#platform.clock.nowMs());
    if (heard !== this.#heard) {
      this.#hear(heard);
      this.#review();
    } else this.#lookAround();
  }

  /** One falls silent and the other sounds in the same turn: never both. */
  #hear(stage: string): void {
    if (stage === this.#heard) return;
    this.#ways.get(this.#heard)?.hear(false);
    this.#heard = stage;
    this.#ways.get(stage)?.hear(true);
  }

  #tellNews(): void {
    const ways = this.#ordered;
    const { news } = (ways.find(({ socket }) => socket.isReady) ?? ways[0])?.socket ?? {};
    this.#news.patch({ ...(news?.value ?? NO_NEWS), path: this.#standing[0]?.path ?? null });
  }

  #end(error: RostraError | null): void {
    this.#over = true;
    this.#cancelWait();
    this.#cancelMove();
    this.#cancelLook?.();
    for (const cancel of this.#retries) cancel();
    for (const stage of [...this.#ways.keys()]) this.#drop(stage, error);
    this.#news.set(NO_NEWS);
  }
}
