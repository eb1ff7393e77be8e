import {
  connectNats,
  joinFleet,
  listenToFleet,
  type NatsTrial,
  type SightedProcess,
  tryNats,
} from "@rostra/relay";
import { isService, type Service, STATE_KEYS } from "@rostra/wire";
import type { FleetConfig } from "../../fleet/fleet-config.ts";
import { natsLine } from "../../fleet/nats-line.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";
import { clockFinding } from "./clock.ts";

const FAR_MS = 50;
/** Some beats of everybody, and an edge's load. */
const LISTEN_MS = 1_500;
/** What a message may take from process to process, in a hurry on both sides. */
const MESSAGE_MS = 50;

/** Each NATS server by itself, then what is heard of the fleet over all of them. */
export async function checkFleet(fleet: FleetConfig, own: readonly string[]): Promise<Finding[]> {
  const paths = await Promise.all(fleet.nats.map((path) => tryNats(path, fleet.fleet)));
  const trials = paths.flat();
  const findings = trials.map(natsFinding);
  const works = fleet.nats.filter((_, at) => paths[at]!.some(({ outcome }) => outcome === "works"));
  if (works.length === 0) return findings;
  const buses = await connectNats(works);
  const sighted = await listenToFleet(buses, fleet.fleet, LISTEN_MS);
  const relay = await joinFleet({ buses, name: `doctor-${process.pid}`, fleet: fleet.fleet });
  const services = new Map<string, Service>();
  relay.watch(STATE_KEYS.services, (_key, value) => {
    if (isService(value)) services.set(value.name, value);
  });
  await relay.close();
  const holder = services.get(fleet.name);
  return [...findings, nameFinding(fleet.name, sighted, holder, own), ...clocks(sighted)];
}

function natsFinding(trial: NatsTrial): Finding {
  const check = "NATS";
  if (trial.outcome !== "works") return wrong(check, natsLine(trial));
  const summary = `${trial.server}, ${trial.roundTripMs.toFixed(1)} ms there and back`;
  if (trial.roundTripMs < FAR_MS) return ok(check, summary);
  return warning(check, `${summary}: sound comes later by that; is there a nearer one?`);
}

/** @param own addresses of this machine: a process there that has the name is the one to be */
function nameFinding(
  name: string,
  sighted: readonly SightedProcess[],
  holder: Service | undefined,
  own: readonly string[],
): Finding {
  const check = "name";
  const lives = sighted.find((each) => each.name === name)?.lives ?? 0;
  if (lives > 1) {
    return wrong(check, `${lives} processes are called ${name}: give each its own ROSTRA_NAME`);
  }
  if (lives === 0 || holder === undefined) return ok(check, `${name} is free`);
  const { hostname } = new URL(holder.url);
  if (own.includes(hostname) || hostname.startsWith("127.")) {
    return ok(check, `${name} is in the fleet, from this machine`);
  }
  return wrong(check, `${name} is the name of a process at ${hostname}: set another ROSTRA_NAME`);
}

/** Against the one that is furthest off: clocks agree, or it's not known whose is wrong. */
function clocks(sighted: readonly SightedProcess[]): Finding[] {
  const known = sighted.filter(({ aheadMs }) => aheadMs !== undefined);
  if (known.length === 0) return [];
  const furthest = known.reduce((a, b) => (Math.abs(a.aheadMs!) > Math.abs(b.aheadMs!) ? a : b));
  return [clockFinding(furthest.name, furthest.aheadMs!, MESSAGE_MS)];
}
