import type { Relay, Unsubscribe } from "@rostra/relay";
import { type Clock, channelsOf, type ProgramFrame, type SpaceSnapshot } from "@rostra/wire";
import type { Logger } from "pino";
import type { TranscoderAdapter } from "../aac/transcoder.ts";
import type { Sheddable } from "../admission/shedding.ts";
import { BOUNDS } from "../bounds.ts";
import type { FleetAudience } from "../events/fleet-audience.ts";
import { SpaceAudience } from "../events/space-audience.ts";
import type { TokenCheck } from "../events/token-check.ts";
import type { Thinning } from "../fanout/bit-budget.ts";
import type { CadenceChange } from "../fanout/cadence-policy.ts";
import { Room } from "../fanout/room.ts";
import type { Writer } from "../fanout/writer.ts";
import { HlsStream } from "../hls/stream.ts";
import type { EdgeMetrics } from "../metrics.ts";
import type { HoldingSound } from "../program/holding.ts";
import { Program } from "../program/program.ts";

/** A beat that comes so soon after frames finds nothing that these haven't set off, ms: most do. */
const FRESH_MS = 0.75 * BOUNDS.pulseMs;

/** What every space on an edge shares. */
export interface SpaceContext {
  /** Unique in the fleet: others hear of our listeners under it. */
  readonly edgeName: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: EdgeMetrics;
  readonly holding: HoldingSound;
  /** How much sound a chunk carries for the moment, ms. */
  readonly cadenceMs: () => number;
  /** Told after frames have come. */
  readonly came: () => void;
  /** Writes to crowds, of all spaces, in slices. */
  readonly writer: Writer;
  /** Who gets the thin rendition because the edge's line is full. */
  readonly thinning: () => Thinning;
  /** What makes AAC; undefined while it's still being looked for. */
  readonly transcoder: () => TranscoderAdapter | undefined;
  /** What this edge is without for the moment. */
  readonly sheds: (what: Sheddable) => boolean;
}

/** What a space needs to know of audiences elsewhere. */
export interface FleetContext {
  readonly fleet: FleetAudience;
  readonly tokens: TokenCheck;
}

/** One space with a program, on this edge: its line, and all who are served from it. */
export class LiveSpace {
  readonly program: Program;
  readonly room: Room;
  readonly audience: SpaceAudience;
  readonly hls: HlsStream;
  readonly #clock: Clock;
  #snapshot: SpaceSnapshot;
  #endedAtMs: number | undefined;
  readonly #unfollow: Unsubscribe;
  #wantedAtMs: number;
  #handedOutAtMs = Number.NEGATIVE_INFINITY;
  // After a farewell there is nobody left to serve: beats do nothing.
  #farewellSaid = false;

  constructor(space: SpaceSnapshot, context: SpaceContext & FleetContext) {
    this.#snapshot = space;
    this.#clock = context.clock;
    this.#wantedAtMs = context.clock.nowMs();
    // Frames before the past: so nothing falls in between.
    this.#unfollow = context.relay.follow(space.id, {
      take: (frames) => {
        try {
          this.#accept(frames);
          context.came();
        } catch (err) {
          context.log.error({ err, space: space.id }, "frames could not be handed out");
        }
      },
      recall: (from, to) => this.program.line.made(from, to),
    });
    this.program = new Program({ ...context, space, onGrown: () => this.hls.grown() });
    this.hls = new HlsStream({
      ...context,
      spaceId: space.id,
      line: this.program.line,
      epochMs: space.epochMs,
      channels: () => channelsOf(this.#snapshot.settings.sound),
    });
    this.room = new Room({
      ...context,
      space,
      line: this.program.line,
      loadingPast: () => this.program.loadingPast,
      ears: () => this.audience,
    });
    this.audience = new SpaceAudience({
      ...context,
      spaceId: space.id,
      events: this.room.events,
      pages: () => this.room.pages,
    });
  }

  get snapshot(): SpaceSnapshot {
    return this.#snapshot;
  }

  /** When the last listener was told that it's over, ms; undefined while it isn't. */
  get endedAtMs(): number | undefined {
    return this.#endedAtMs;
  }

  /** Whether the farewell has been said: whoever came in now would never hear anything. */
  get over(): boolean {
    return this.#farewellSaid;
  }

  /** @param space a newer snapshot: live, backstage or ended */
  update(space: SpaceSnapshot): void {
    this.#snapshot = space;
    this.room.events.setSpace(space);
    if (space.state === "ended") this.end(space.endedAtMs ?? this.#clock.nowMs());
  }

  /** The program goes on to the frame of that moment, then everybody is told. */
  end(atMs: number): void {
    if (this.#endedAtMs !== undefined) return;
    this.#endedAtMs = atMs;
    this.program.endAt(atMs);
  }

  /** Frames of this space, as a stage has published them. */
  #accept(frames: readonly ProgramFrame[]): void {
    this.program.accept(frames);
    // Whose turn it is with these frames gets them now: that needs no timer, and no time.
    this.#handedOutAtMs = this.#clock.nowMs();
    if (!this.#farewellSaid) this.room.beat(this.#handedOutAtMs);
  }

  /** Chunks get longer or shorter from now on, or soon. */
  setCadence(change: CadenceChange): void {
    if (!this.#farewellSaid) this.room.setCadence(change);
  }

  /** At each pulse. When the line has reached the end of an ended space, everybody is told. */
  beat(nowMs: number): void {
    if (this.#farewellSaid) return;
    const isFresh = Math.abs(nowMs - this.#handedOutAtMs) < FRESH_MS;
    if (!isFresh) this.program.settle(nowMs);
    this.audience.beat(nowMs);
    if (!isFresh) this.room.beat(nowMs);
    this.hls.waiters.expire(nowMs);
    if (this.#endedAtMs === undefined || !this.program.line.finished) return;
    this.#farewellSaid = true;
    this.hls.grown();
    this.audience.close();
    this.room.farewell("ended", () => null);
  }

  /** Somebody has asked for something of this space, or is about to. */
  want(): void {
    this.#wantedAtMs = this.#clock.nowMs();
  }

  /** Whether nobody has listened for a while, or waits to. */
  isUnwanted(nowMs: number): boolean {
    const { listeners, followers, standbys } = this.room;
    const waiting = this.hls.waiters.size + standbys.size;
    if (listeners + followers + waiting > 0) this.#wantedAtMs = nowMs;
    return nowMs - this.#wantedAtMs > BOUNDS.lingerMs;
  }

  /** Nobody is here: the space goes on elsewhere, and begins anew here with whoever comes. */
  letGo(): void {
    if (this.#farewellSaid) this.#stop();
    else this.close(() => 0);
  }

  /** The edge goes away; the space doesn't. */
  close(retryAfterMs: () => number): void {
    this.#farewellSaid = true;
    this.audience.close();
    this.room.farewell("moving", retryAfterMs);
    this.hls.close();
    this.#stop();
  }

  #stop(): void {
    this.#unfollow();
    this.program.close();
  }
}
