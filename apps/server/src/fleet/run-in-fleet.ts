import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { connectNats, joinFleet, type Relay } from "@rostra/relay";
import { type Role, STATE_KEYS } from "@rostra/wire";
import type { Logger } from "pino";
import { type Config, ConfigError } from "../config.ts";
import { serveRole } from "../roles/run-role.ts";
import type { FleetConfig } from "./fleet-config.ts";

/** Who was killed under this name is forgotten by then: four of a process's beats, and some. */
const NAME_FREE_WITHIN_MS = 2_500;

/**
 * One role of a fleet, in this process, until SIGTERM or SIGINT has drained it; a second one hurries.
 * @param say a line for the person who started it
 * @throws {RelayError} `unreachable`; {@link ConfigError} where another has its name
 */
export async function runInFleet(
  role: Role,
  config: Config,
  fleet: FleetConfig,
  { log, say }: { readonly log: Logger; readonly say: (line: string) => void },
): Promise<void> {
  const [stop, hurry] = [new AbortController(), new AbortController()];
  const stopped = once(stop.signal, "abort");
  const onSignal = () => (stop.signal.aborted ? hurry : stop).abort();
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  const { name } = fleet;
  const buses = await connectNats(fleet.nats);
  const relay = await joinFleet({ buses, name, fleet: fleet.fleet });
  try {
    await nameIsFree(relay, name);
    const running = await serveRole(role, config, {
      name,
      relay,
      log,
      internalHost: fleet.internalHost,
      stagePairs: fleet.stagePairs,
      databaseUrl: fleet.databaseUrl,
    });
    say(`Rostra's ${name} is ready`);
    await stopped;
    log.info("draining");
    await running.drain?.({ withinMs: fleet.drainMs, hurry: hurry.signal });
    await running.close();
  } finally {
    await relay.close();
  }
}

/** Two processes under one name would take each other's place in turns. */
async function nameIsFree(relay: Relay, name: string): Promise<void> {
  let held = false;
  const unwatch = relay.watch(STATE_KEYS.service(name), (key, value) => {
    if (key === STATE_KEYS.service(name)) held = value !== undefined;
  });
  const untilMs = performance.now() + NAME_FREE_WITHIN_MS;
  while (held && performance.now() < untilMs) await pause(50);
  unwatch();
  if (!held) return;
  throw new ConfigError(
    `a process named ${name} is in this fleet already: give this one another ROSTRA_NAME`,
  );
}
