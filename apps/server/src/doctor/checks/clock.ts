import { type Finding, ok, warning, wrong } from "../finding.ts";

/** Frames are numbered by the time: a stage whose clock is off by this carries on, unheard. */
const SOME_MS = 100;
/** From here on listeners who change over to what this machine makes would hear it. */
const MUCH_MS = 1_000;

/**
 * @param other whose clock ours is held against
 * @param aheadMs how far that one is ahead
 * @param withinMs how wrong `aheadMs` may be
 */
export function clockFinding(other: string, aheadMs: number, withinMs: number): Finding {
  const check = "clock";
  const off = Math.max(0, Math.abs(aheadMs) - withinMs);
  const behind = aheadMs > 0 ? "behind" : "ahead of";
  const text = `${Math.round(Math.abs(aheadMs))} ms ${behind} ${other}`;
  if (off > MUCH_MS) return wrong(check, `${text}: let chrony or systemd-timesyncd set the clock`);
  if (off > SOME_MS) return warning(check, `${text}: is chrony or systemd-timesyncd running?`);
  return ok(check, text);
}
