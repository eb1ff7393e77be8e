import { once } from "node:events";
import { connectNats, joinFleet, type NatsTrial, tryNats } from "@rostra/relay";
import type { Role } from "@rostra/wire";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import type { Config } from "../config.ts";
import { serveRole } from "../roles/run-role.ts";
import type { FleetConfig } from "./fleet-config.ts";
import { nameIsFree } from "./name-is-free.ts";
import { natsLine, refuseUnlessCarried } from "./nats-line.ts";
import { onlyNeighbours } from "./neighbours.ts";
import { observeRelay } from "./relay-observer.ts";

/**
 * One role of a fleet, in this process, until SIGTERM or SIGINT has drained it; a second one hurries.
 * @param say a line for the person who started it
 * @throws {RelayError} `unreachable`; `ConfigError` where another has its name
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
  const trials = tryPaths(fleet, log);
  const metrics = new Registry();
  const observer = observeRelay(metrics, log);
  const relay = await joinFleet({ buses, name, fleet: fleet.fleet, observer });
  try {
    onlyNeighbours(relay);
    refuseUnlessCarried(await trials);
    await nameIsFree(relay, name);
    const running = await serveRole(role, config, {
      name,
      relay,
      log,
      metrics,
      internalHost: fleet.internalHost,
      databaseUrl: fleet.databaseUrl,
      stagePairs: fleet.stagePairs,
    });
    say(`Rostra's ${name} is ready`);
    await stopped;
    log.info("draining");
    const fromMs = performance.now();
    await running.drain?.({ withinMs: fleet.drainMs, hurry: hurry.signal });
    log.info({ ms: Math.round(performance.now() - fromMs) }, "drained: closing");
    await running.close();
  } finally {
    await relay.close();
  }
}

/** One that doesn't work is not missed while another does, and should be before that one goes. */
async function tryPaths(fleet: FleetConfig, log: Logger): Promise<NatsTrial[]> {
  const trials = await Promise.all(fleet.nats.map((path) => tryNats(path, fleet.fleet)));
  for (const trial of trials.flat()) {
    if (trial.outcome !== "works") log.warn(natsLine(trial));
  }
  return trials.flat();
}
