import { setTimeout as pause } from "node:timers/promises";
import type { Relay } from "@rostra/relay";
import { isService, STATE_KEYS } from "@rostra/wire";
import { ConfigError } from "../config.ts";

/** Who was killed is forgotten after four of its beats: 250 ms each, or 5 ms for each process. */
const LAPSE_MS = 1_000;
const LAPSE_MS_PER_PROCESS = 20;
/** For the others to notice, and to say so. */
const SOME_MORE_MS = 1_500;

/**
 * Two processes under one name would take each other's place in turns: the second one doesn't
 * start. One that starts again after a crash waits for as long as its own last beat is remembered.
 * @throws {ConfigError} where another has the name
 */
export async function nameIsFree(relay: Relay, name: string): Promise<void> {
  const names = new Set<string>();
  let holder = "";
  const unwatch = relay.watch(STATE_KEYS.services, (key, value) => {
    const of = key.slice(STATE_KEYS.services.length);
    if (value === undefined) names.delete(of);
    else names.add(of);
    if (of === name && isService(value))
      holder = `${new URL(value.url).hostname}, pid ${value.pid}`;
  });
  const waitMs = Math.max(LAPSE_MS, names.size * LAPSE_MS_PER_PROCESS) + SOME_MORE_MS;
  const untilMs = performance.now() + waitMs;
  while (names.has(name) && performance.now() < untilMs) await pause(50);
  unwatch();
  if (!names.has(name)) return;
  throw new ConfigError(
    `a process named ${name} is in this fleet already (${holder}): give this one another ROSTRA_NAME`,
    "not-now",
  );
}
