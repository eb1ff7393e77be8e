import type { Role } from "@rostra/wire";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { type FleetConfig, readFleetConfig } from "../fleet/fleet-config.ts";
import { unknownSettings } from "../settings.ts";
import { checkAnnounced, ownAddresses } from "./checks/address.ts";
import { checkFleet } from "./checks/fleet.ts";
import { checkFolder, checkJournal } from "./checks/folder.ts";
import { checkDescriptors, checkKernel, checkNode, descriptorLimit } from "./checks/machine.ts";
import { checkInternalHost, checkTcpPort, checkUdpPort, isRostra } from "./checks/ports.ts";
import { checkPostgres } from "./checks/postgres.ts";
import { checkTls } from "./checks/tls.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

export { asJson, asTable, isWrong } from "./report.ts";

/**
 * Looks whether this machine could run a role, or all of them, and talks to nobody but the servers
 * that are configured. Changes nothing; may be run beside a Rostra that is on air.
 * @param role undefined: all, as `npm start` runs them
 */
export async function examine(
  role: Role | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  const node = checkNode(process.versions.node);
  let config: Config;
  let fleet: FleetConfig | undefined;
  try {
    config = readConfig(env, false);
    fleet = role === undefined ? undefined : readFleetConfig(env, role);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [node, wrong("settings", error.message)];
  }
  const [stage, edge] = [
    role !== "control" && role !== "edge",
    role !== "control" && role !== "stage",
  ];
  const own = ownAddresses();
  return [
    node,
    settingsFinding(env),
    ...(edge ? await forEdge(config) : []),
    ...(stage ? await forStage(config, own) : []),
    ...(await checkKernel(edge, stage)),
    ...(await forStore(role, config, fleet)),
    ...(fleet === undefined ? [] : await forFleet(fleet, own)),
  ];
}

/** Kubernetes and others set names of their own: only a warning. */
function settingsFinding(env: Readonly<Record<string, string | undefined>>): Finding {
  const ours = Object.keys(env).filter((name) => name.startsWith("ROSTRA_"));
  const unknown = unknownSettings(ours);
  if (unknown.length === 0) return ok("settings", `${ours.length} set, all known`);
  return warning("settings", `nobody reads ${unknown.join(", ")}: see docs/hosting for the names`);
}

async function forEdge(config: Config): Promise<Finding[]> {
  return [
    await checkTcpPort(config),
    await checkTls(config, Date.now()),
    checkDescriptors(await descriptorLimit(), config.edge),
  ];
}

async function forStage(config: Config, own: readonly string[]): Promise<Finding[]> {
  return [
    await checkUdpPort(config.udpPort, await isRostra(config)),
    checkAnnounced(config.announcedAddresses, own, config.udpPort),
  ];
}

async function forStore(
  role: Role | undefined,
  config: Config,
  fleet: FleetConfig | undefined,
): Promise<Finding[]> {
  if (role === "stage" || role === "edge") return [];
  const databaseUrl = fleet?.databaseUrl ?? null;
  return databaseUrl === null
    ? [await checkFolder(config.dataDirectory)]
    : [...(await checkPostgres(databaseUrl)), await checkJournal(config.dataDirectory)];
}

async function forFleet(fleet: FleetConfig, own: readonly string[]): Promise<Finding[]> {
  return [await checkInternalHost(fleet.internalHost), ...(await checkFleet(fleet, own))];
}
