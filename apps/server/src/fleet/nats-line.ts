import { type NatsTrial, RelayError, tryNats } from "@rostra/relay";
import { ConfigError } from "../config.ts";
import type { FleetConfig } from "./fleet-config.ts";

/** What to do about a NATS server that can't be used. */
export function natsLine({ outcome, server, ...trial }: NatsTrial): string {
  const why = "why" in trial ? trial.why : "";
  switch (outcome) {
    case "works":
      return `NATS at ${server} works`;
    case "refused":
      return `NATS at ${server} doesn't let us in (${why}): check user, password or token in ROSTRA_NATS_URLS`;
    case "forbidden":
      return `NATS at ${server} doesn't carry what we say (${why}): allow this user the fleet's subjects`;
    case "unreachable":
      return `NATS at ${server} can't be reached (${why}): is it running there, and the port open to this machine?`;
  }
}

/**
 * Why no server could be used, by trying each again: the first one that answers and refuses says
 * more than those that don't answer.
 */
export async function explainNats(error: unknown, fleet: FleetConfig): Promise<unknown> {
  if (!(error instanceof RelayError) || error.code !== "unreachable") return error;
  const trials = (await Promise.all(fleet.nats.map((path) => tryNats(path, fleet.fleet)))).flat();
  const told = trials.find(({ outcome }) => outcome === "refused") ?? trials[0]!;
  if (told.outcome === "works") return error;
  return new ConfigError(natsLine(told), told.outcome === "unreachable" ? "not-now" : "bad-config");
}
