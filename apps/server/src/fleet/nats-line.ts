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
      return `NATS at ${server} doesn't carry what we say (${why}): let this user publish and subscribe to rostra.> (or what ROSTRA_FLEET says)`;
    case "unreachable":
      return `NATS at ${server} can't be reached (${why}): ${adviceFor(why)}`;
  }
}

/** @param why in the words of the client, or of the system */
function adviceFor(why: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(why)) return "check the name in ROSTRA_NATS_URLS";
  if (/does not support 'tls'/.test(why)) return "say nats:// in ROSTRA_NATS_URLS, or give it TLS";
  if (/certificate/i.test(why)) return "name the authority that signed it in NODE_EXTRA_CA_CERTS";
  return "is it running there, and the port open to this machine?";
}

/**
 * Connected is not heard: a server may let us in and carry nothing of what we say. The process would be
 * ready then, and alone.
 * @param trials one for each server
 * @throws {ConfigError} where no server carries what we say
 */
export function refuseUnlessCarried(trials: readonly NatsTrial[]): void {
  if (trials.some(({ outcome }) => outcome === "works")) return;
  const told = trials.find(({ outcome }) => outcome === "forbidden");
  if (told !== undefined) throw new ConfigError(natsLine(told));
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
