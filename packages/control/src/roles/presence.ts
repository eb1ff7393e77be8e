import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Clock,
  isService,
  isSpaceId,
  isStageActivity,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
  type UserId,
} from "@rostra/wire";
import type { Attendance } from "./charge.ts";

/** Whoever drops is back long before this, or something is wrong on their side. */
const ABSENT_AFTER_MS = 15_000;

const NOBODY: ReadonlySet<UserId> = new Set();

/** What is remembered of one space's people. */
interface Attending {
  stageName: string;
  /** When they were last connected; only of those who aren't now and count as present still. */
  readonly leftAtMs: Map<UserId, number>;
}

/**
 * Who is there, as the stages say. A short absence doesn't count, and none does while the stage
 * itself is away: nobody can be connected then.
 */
export class Presence {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #connected = new Map<string, ReadonlySet<UserId>>();
  readonly #spaces = new Map<SpaceId, Attending>();
  /** Stages that are up, and since when. */
  readonly #upSinceMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  /**
   * Learns from the relay.
   * @param onChange called when somebody came or went in a space, or its stage did
   */
  follow(relay: Relay, onChange: (id: SpaceId) => void): Unsubscribe {
    const services = relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      const up = isService(value) && value.role === "stage";
      for (const id of this.setStage(name, up)) onChange(id);
    });
    const activities = relay.watch(STATE_KEYS.activities, (key, value) => {
      const id = key.slice(STATE_KEYS.activities.length);
      const connected = isStageActivity(value) ? new Set(value.connected) : NOBODY;
      if (!isSpaceId(id) || !this.setConnected(id, connected)) return;
      onChange(id);
    });
    return () => {
      services();
      activities();
    };
  }

  /** Who has a working microphone path now; nobody, where the stage is away or says nothing. */
  connected(id: SpaceId): ReadonlySet<UserId> {
    return this.#connected.get(id) ?? NOBODY;
  }

  /**
   * @param space with a program. Met for the first time, after a start of control too, whoever was
   *   in charge of it counts as having just been there.
   */
  of(space: SpaceSnapshot): Attendance {
    const { stageName, leftAtMs } = this.#attending(space);
    const nowMs = this.#clock.nowMs();
    const upSinceMs = this.#upSinceMs.get(stageName);
    const certainFromMs = Math.max(upSinceMs ?? Infinity, this.#startedAtMs) + ABSENT_AFTER_MS;
    const present = new Set([...this.connected(space.id), ...leftAtMs.keys()]);
    return { present, certain: nowMs >= certainFromMs };
  }

  /**
   * When {@link of} may say something else although nobody comes or goes, ms since 1970.
   * Infinity: not by itself.
   */
  nextChangeMs(space: SpaceSnapshot): number {
    const { stageName, leftAtMs } = this.#attending(space);
    const upSinceMs = this.#upSinceMs.get(stageName);
    if (upSinceMs === undefined) return Infinity;
    const nowMs = this.#clock.nowMs();
    const certainFromMs = Math.max(upSinceMs, this.#startedAtMs) + ABSENT_AFTER_MS;
    const absences = [...leftAtMs.values()].map((ms) => ms + ABSENT_AFTER_MS);
    return Math.min(...absences, certainFromMs > nowMs ? certainFromMs : Infinity);
  }

  /** For a space that has ended. */
  forget(id: SpaceId): void {
    this.#spaces.delete(id);
  }

  /** @returns whether anybody came or went */
  setConnected(id: SpaceId, connected: ReadonlySet<UserId>): boolean {
    const before = this.connected(id);
    const attending = this.#spaces.get(id);
    const nowMs = this.#clock.nowMs();
    for (const gone of before) if (!connected.has(gone)) attending?.leftAtMs.set(gone, nowMs);
    for (const there of connected) attending?.leftAtMs.delete(there);
    if (connected.size === 0) this.#connected.delete(id);
    else this.#connected.set(id, connected);
    return before.size !== connected.size || [...connected].some((one) => !before.has(one));
  }

  /** @returns the spaces that it matters to */
  setStage(name: string, up: boolean): readonly SpaceId[] {
    if (up === this.#upSinceMs.has(name)) return [];
    const nowMs = this.#clock.nowMs();
    const affected = [...this.#spaces].filter(([, { stageName }]) => stageName === name);
    const spaces = affected.map(([, attending]) => attending);
    // What was over when the stage went stays over; whoever counted as present then has the whole
    // time again when it is back.
    for (const attending of spaces) this.#dropAbsent(attending);
    if (up) {
      this.#upSinceMs.set(name, nowMs);
      for (const { leftAtMs } of spaces) for (const id of leftAtMs.keys()) leftAtMs.set(id, nowMs);
    } else {
      this.#upSinceMs.delete(name);
    }
    return affected.map(([id]) => id);
  }

  #attending({ id, stageName, inCharge }: SpaceSnapshot): Attending {
    let attending = this.#spaces.get(id);
    if (attending === undefined) {
      const just = inCharge === null || this.connected(id).has(inCharge) ? [] : [inCharge];
      const nowMs = this.#clock.nowMs();
      attending = { stageName, leftAtMs: new Map(just.map((one) => [one, nowMs])) };
      this.#spaces.set(id, attending);
    }
    // It may have moved: absence is by the word of the stage that it is on now.
    attending.stageName = stageName;
    this.#dropAbsent(attending);
    return attending;
  }

  /** Lets go of whom absence counts for; of nobody while the stage is away. */
  #dropAbsent({ stageName, leftAtMs }: Attending): void {
    if (!this.#upSinceMs.has(stageName)) return;
    const nowMs = this.#clock.nowMs();
    for (const [id, ms] of leftAtMs) if (nowMs - ms >= ABSENT_AFTER_MS) leftAtMs.delete(id);
  }
}
