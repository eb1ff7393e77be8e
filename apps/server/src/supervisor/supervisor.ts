import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectRelay, type RelayHubServer, serveRelayHub } from "@rostra/relay";
import type { Role } from "@rostra/wire";
import type { Logger } from "pino";
import { type Config, ConfigError } from "../config.ts";
import { portOf } from "../edge-config.ts";
import { ChildRole, type RoleRefused } from "./child-role.ts";
import { claimTcpPort, claimUdpPort } from "./ports.ts";
import { whenAllReady } from "./readiness.ts";

export interface SupervisorOptions {
  readonly log: Logger;
  /** The file that each role's process runs. */
  readonly program: string;
  /** What the roles are told: the environment, and what stands in the settings' file. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Says a line to the person who started Rostra. */
  readonly say: (line: string) => void;
  /** Resolves when the first certificate has come, or isn't to be had for now. */
  readonly certificate?: Promise<void> | undefined;
}

/** How long "ready" waits for the first certificate: everything else runs meanwhile, ms. */
const CERTIFICATE_WITHIN_MS = 30_000;

/**
 * All roles on one machine. Owns the hub of the relay and the processes; resolves when SIGTERM or
 * SIGINT has drained them. It carries frames and room state from one process to the others and
 * does nothing else, so that what is on air outlives every role.
 * @throws {ConfigError} where a port can't be used; {@link RoleRefused} where a role can't start
 */
export async function runSupervisor(config: Config, options: SupervisorOptions): Promise<void> {
  const stopRequest = nextStopSignal();
  const port = await claimTcpPort(config.port, config.host);
  const { tls } = config.door;
  if (tls?.redirectPort !== undefined) {
    await claimTcpPort(tls.redirectPort, config.host, "ROSTRA_HTTP_PORT");
  }
  for (const url of config.edge.more) await claimTcpPort(portOf(url), config.host);
  const udpPort = await claimUdpPort(config.udpPort === config.port ? port : config.udpPort);
  const folder = await mkdtemp(join(tmpdir(), "rostra-"));
  const relayPath = relaySocketPath(folder);
  const hub = await serveRelayHub(relayPath);
  const env = { ...options.env, PORT: String(port), ROSTRA_UDP_PORT: String(udpPort) };
  const children = rolesOf(config).map(
    ({ role, name, address }) =>
      new ChildRole({
        assignment: { role, name, relayPath },
        program: options.program,
        env: { ...env, ROSTRA_DATA: config.dataDirectory, ...address },
        log: options.log,
        standby: role === "stage",
      }),
  );
  for (const child of children) child.start();
  try {
    const refused = children.map((child) => child.refused);
    const ready = await Promise.race([announceReady(relayPath, children), stopRequest, ...refused]);
    if (ready === "ready") {
      const late = pause(CERTIFICATE_WITHIN_MS, undefined, { ref: false });
      await Promise.race([options.certificate, late, stopRequest]);
      options.say(`Rostra is ready: ${config.publicUrl ?? ownUrl(config, port)}`);
      await stopRequest;
    }
    options.log.info("draining");
  } finally {
    await stopAll(children, hub, folder);
  }
}

/** What the person who started it can open; with a certificate of an authority, everybody. */
function ownUrl({ door: { tls, acme } }: Config, port: number): string {
  if (tls === null) return `http://localhost:${port}`;
  const host = acme?.domains[0] ?? "localhost";
  return port === 443 ? `https://${host}` : `https://${host}:${port}`;
}

/** Edges first, so that listeners are told before the sound ends; the store last. */
const STOP_ORDER: readonly Role[] = ["edge", "stage", "control"];

interface PlannedRole {
  readonly role: Role;
  readonly name: string;
  /** Settings that differ from the machine's: of an edge at an address of its own. */
  readonly address?: Readonly<Record<string, string>>;
}

function rolesOf({ edges, edge }: Config): PlannedRole[] {
  const shared = Array.from({ length: edges }, () => undefined);
  const more = edge.more.map((url) => ({ PORT: String(portOf(url)), ROSTRA_EDGE_URL: url }));
  return [
    { role: "control", name: "control-1" },
    { role: "stage", name: "stage-1" },
    ...[...shared, ...more].map((address, at) => ({
      role: "edge" as const,
      name: `edge-${at + 1}`,
      ...(address !== undefined && { address }),
    })),
  ];
}

async function announceReady(relayPath: string, children: readonly ChildRole[]): Promise<"ready"> {
  const relay = await connectRelay(relayPath);
  await whenAllReady(
    relay,
    children.map((child) => child.name),
  );
  await relay.close();
  return "ready";
}

async function stopAll(
  children: readonly ChildRole[],
  hub: RelayHubServer,
  folder: string,
): Promise<void> {
  for (const role of STOP_ORDER) {
    const stopping = children.filter((child) => child.role === role);
    await Promise.all(stopping.map((child) => child.stop()));
  }
  await hub.close();
  await rm(folder, { recursive: true, force: true });
}

/** A path for a local socket; on Windows these live in a name space of their own. */
function relaySocketPath(folder: string): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\${folder.replaceAll(/[:\\/]/g, "-")}`;
  const path = join(folder, "relay.sock");
  // sun_path holds 104 bytes on macOS and 108 on Linux, the last of them a zero.
  if (Buffer.byteLength(path) > 103) {
    throw new ConfigError(`TMPDIR is too long for a local socket: set it to a shorter path`);
  }
  return path;
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function nextStopSignal(): Promise<"stop"> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = () => {
      if (asked) process.exit(1);
      asked = true;
      resolve("stop");
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
