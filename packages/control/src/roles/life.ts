import type { UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
  refuseEnded,
  refuseUnlessRunning,
  roleOf,
  type SpaceRecord,
  withHands,
  withSnapshot,
} from "./record.ts";

/**
 * The life of a space: scheduled, backstage, live, ended; only ever to the right. A call that is
 * sent twice does nothing the second time, and the times of a step are those of its first time.
 */

/**
 * Opens the off-air room of a scheduled space.
 * @throws {Refusal} `ended`, `forbidden`, `conflict`
 */
export function openBackstage(record: SpaceRecord, actor: UserId): SpaceRecord {
  refuseUnlessRunning(record, actor);
  if (record.snapshot.state === "live") {
    throw new Refusal("conflict", "the space is on air already: it can't go back");
  }
  return record.snapshot.state === "backstage"
    ? record
    : withSnapshot(record, { state: "backstage" });
}

/**
 * Puts a space on air, from backstage or straight from its schedule; a countdown is cut short.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function goLive(record: SpaceRecord, actor: UserId, nowMs: number): SpaceRecord {
  refuseUnlessRunning(record, actor);
  return record.snapshot.state === "live" ? record : air(record, nowMs);
}

/**
 * Starts a countdown to air, or starts the one that runs anew; a scheduled space opens backstage
 * for it. On air already is no error.
 * @param seconds 1 to LIMITS.countdownSeconds
 * @throws {Refusal} `ended`, `forbidden`
 */
export function countDown(
  record: SpaceRecord,
  actor: UserId,
  seconds: number,
  nowMs: number,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  if (record.snapshot.state === "live") return record;
  const airsAtMs = Math.floor(nowMs + seconds * 1000);
  return withSnapshot(record, { state: "backstage", airsAtMs });
}

/**
 * Stops a countdown; none running is no error.
 * @throws {Refusal} `ended`, `forbidden`, `conflict` where it has run out
 */
export function cancelCountdown(record: SpaceRecord, actor: UserId): SpaceRecord {
  refuseUnlessRunning(record, actor);
  if (record.snapshot.state === "live") {
    throw new Refusal("conflict", "the space is on air already: end it instead");
  }
  return record.snapshot.airsAtMs === null ? record : withSnapshot(record, { airsAtMs: null });
}

/**
 * Ends a space for good: its host does, or the cohost who is in charge while the host is away.
 * Ending what has ended is no error.
 * @throws {Refusal} `forbidden`
 */
export function endSpace(record: SpaceRecord, actor: UserId, nowMs: number): SpaceRecord {
  if (roleOf(record, actor) !== "host" && record.snapshot.inCharge !== actor) {
    throw new Refusal("forbidden", "only the host can end the space, or who stands in for them");
  }
  return record.snapshot.state === "ended" ? record : finish(record, nowMs);
}

/** On air from now on. */
export function air(record: SpaceRecord, nowMs: number): SpaceRecord {
  refuseEnded(record);
  return withSnapshot(record, { state: "live", liveAtMs: Math.floor(nowMs), airsAtMs: null });
}

/** Over: nobody waits in a space that has ended. */
export function finish(record: SpaceRecord, nowMs: number): SpaceRecord {
  const over = withSnapshot(record, {
    state: "ended",
    endedAtMs: Math.floor(nowMs),
    airsAtMs: null,
    endsAtMs: null,
    invited: [],
  });
  return record.notes.hands.length === 0 ? over : withHands(over, []);
}
