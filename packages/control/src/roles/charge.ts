import { hasProgram, type SpaceSnapshot, type UserId } from "@rostra/wire";
import { expelBlocked } from "./blocks.ts";
import { air, finish } from "./life.ts";
import { cohostsOf, hostOf, type SpaceRecord, withSnapshot } from "./record.ts";

/** Who runs a space, and what becomes of it when nobody does. */

/** Who is there, as far as that can be told. */
export interface Attendance {
  /** Connected, or not gone for long enough to count as away. */
  readonly present: ReadonlySet<UserId>;
  /** False while the stage is away or has only just come back: nothing may end by it. */
  readonly certain: boolean;
}

/**
 * What follows from the time and from who is there; run after every rule, and on its own when
 * either changes. A countdown that has run out puts the space on air; blocked people go; the host
 * is in charge, else the cohost who is longest on stage, else nobody: then the space is held, and
 * ends when it was held for as long as the host has set.
 */
export function settle(
  record: SpaceRecord,
  nowMs: number,
  attendance: (space: SpaceSnapshot) => Attendance,
): SpaceRecord {
  if (record.snapshot.state === "ended") return record;
  const here = expelBlocked(airWhenDue(record, nowMs), nowMs);
  // Nobody is expected before a space opens: its host runs it from afar.
  if (!hasProgram(here.snapshot.state)) return putInCharge(here, hostOf(here).id, nowMs);
  const { present, certain } = attendance(here.snapshot);
  const inCharge = [hostOf(here), ...cohostsOf(here)].find(({ id }) => present.has(id));
  return endWhenDue(putInCharge(here, inCharge?.id ?? null, nowMs), nowMs, certain);
}

function airWhenDue(record: SpaceRecord, nowMs: number): SpaceRecord {
  const { airsAtMs } = record.snapshot;
  return airsAtMs === null || airsAtMs > nowMs ? record : air(record, nowMs);
}

function putInCharge(record: SpaceRecord, inCharge: UserId | null, nowMs: number): SpaceRecord {
  const { snapshot } = record;
  const { hostAwaySeconds } = snapshot.settings;
  const heldUntilMs = snapshot.endsAtMs ?? Math.floor(nowMs) + hostAwaySeconds * 1000;
  const endsAtMs = inCharge === null ? heldUntilMs : null;
  if (inCharge === snapshot.inCharge && endsAtMs === snapshot.endsAtMs) return record;
  return withSnapshot(record, { inCharge, endsAtMs });
}

function endWhenDue(record: SpaceRecord, nowMs: number, certain: boolean): SpaceRecord {
  const { endsAtMs } = record.snapshot;
  if (!certain || endsAtMs === null || endsAtMs > nowMs) return record;
  return finish(record, nowMs);
}
