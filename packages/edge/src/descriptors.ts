import { readFileSync } from "node:fs";
import type { Server } from "node:net";
import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import type { Marks } from "./admission/marks.ts";
import type { EdgeMetrics } from "./metrics.ts";

/** For what is no listener: players' playlists, pages, calls that are handed on, half-open joins. */
const FOR_OTHERS = 500;
/** Files, and connections of our own: to control, to stages, to the relay. Nobody else gets these. */
const FOR_US = 100;
/** Of a process that may have few: half of them for listeners, a quarter for others, one for us. */
const LISTENERS_SHARE = 1 / 2;
const OUR_SHARE = 1 / 4;
const TELL_EVERY_MS = 10_000;

/** What this process may have open; infinite where the system doesn't tell. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** No more listeners than there are descriptors for: those above are sent on in good time. */
export function withinDescriptors(marks: Marks, limit: number): Marks {
  const most = Math.floor(limit - Math.min(FOR_OTHERS, limit * LISTENERS_SHARE));
  return marks.listeners <= most ? marks : { ...marks, listeners: most };
}

export interface DescriptorGuardOptions {
  readonly server: Server;
  readonly limit: number;
  readonly clock: Clock;
  readonly metrics: EdgeMetrics;
  readonly log: Logger;
}

/**
 * Keeps the last descriptors for ourselves: an edge without any could neither ask control nor come
 * back to the relay. Whoever connects beyond them is cut, told by log and metric.
 */
export function guardDescriptors(options: DescriptorGuardOptions): Cancel {
  const { server, limit, clock, metrics, log } = options;
  if (!Number.isFinite(limit)) return () => {};
  server.maxConnections = Math.floor(limit - Math.min(FOR_US, limit * OUR_SHARE));
  let dropped = 0;
  let cancel: Cancel | undefined;
  server.on("drop", () => {
    metrics.gateRefusals.inc({ reason: "descriptors" });
    dropped += 1;
    cancel ??= clock.after(TELL_EVERY_MS, tell);
    if (dropped === 1) tell();
  });
  const tell = () => {
    if (dropped > 0)
      log.error({ dropped, limit }, "no descriptors left for newcomers: raise ulimit -n");
    if (dropped > 1) cancel = clock.after(TELL_EVERY_MS, tell);
    else cancel = undefined;
    dropped = 0;
  };
  return () => cancel?.();
}
