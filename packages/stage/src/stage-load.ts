import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import type { Relay } from "@rostra/relay";
import { type Cancel, type Clock, STATE_KEYS, type StageLoad } from "@rostra/wire";

const EVERY_MS = 1_000;
/** A busier event loop is late with its ticks before long: no more spaces. */
const FULL_UTILISATION = 0.7;

export interface StageLoadParts {
  readonly name: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly programs: { readonly size: number; readonly hasRoom: boolean };
  readonly sessions: { readonly size: number };
}

/** Says each second how full this stage is. @returns how to stop, which takes the word back */
export function tellStageLoad({ name, relay, clock, programs, sessions }: StageLoadParts): Cancel {
  const key = STATE_KEYS.stageLoad(name);
  let last = performance.eventLoopUtilization();
  let cancel: Cancel = () => {};
  const tell = () => {
    const now = performance.eventLoopUtilization();
    const utilisation = performance.eventLoopUtilization(now, last).utilization;
    last = now;
    const load: StageLoad = {
      utilisation: Math.round(utilisation * 1_000) / 1_000,
      programs: programs.size,
      speakers: sessions.size,
      accepts: programs.hasRoom && utilisation < FULL_UTILISATION,
      machine: hostname(),
    };
    relay.put(key, load, { ephemeral: true });
    cancel = clock.after(EVERY_MS, tell);
  };
  tell();
  return () => {
    cancel();
    relay.put(key, undefined);
  };
}
