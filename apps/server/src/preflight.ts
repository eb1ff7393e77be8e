import { access, constants, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { inspectCertificate } from "@rostra/edge";
import type { Role } from "@rostra/wire";
import { type Config, ConfigError, canShareListeningPort } from "./config.ts";
import type { DoorConfig } from "./door-config.ts";
import type { FleetConfig } from "./fleet/fleet-config.ts";
import { claimTcpPort, claimUdpPort } from "./supervisor/ports.ts";

/**
 * What an operator gets wrong is said before anything is started: a process that a supervisor
 * starts again and again says the same line for ever, and holds up nothing but the log.
 * @param role undefined: all of them, under a supervisor, which looks at the ports itself
 * @throws {ConfigError | EdgeError} in one line that says what to do
 */
export async function preflight(
  role: Role | undefined,
  config: Config,
  fleet: FleetConfig | undefined,
): Promise<void> {
  const { acme, tls } = config.door;
  const isEdge = role !== "stage" && role !== "control";
  if (isEdge && acme !== null) await folderIsWritable(acme.folder);
  else if (isEdge) await certificateIsValid(tls, Date.now());
  const keepsFolder = role === undefined || (role === "control" && fleet?.databaseUrl === null);
  if (keepsFolder) await folderIsWritable(config.dataDirectory);
  if (fleet === undefined) return;
  await internalHostIsOurs(fleet.internalHost);
  if (role === "stage") await claimUdpPort(config.udpPort);
  if (role !== "edge") return;
  await claimTcpPort(config.port, config.host, "PORT", canShareListeningPort());
  const redirectPort = tls?.redirectPort;
  if (redirectPort !== undefined) {
    await claimTcpPort(redirectPort, config.host, "ROSTRA_HTTP_PORT", canShareListeningPort());
  }
}

/**
 * Looked at when a person starts Rostra, not when the supervisor starts an edge again: what listens
 * to a server whose certificate ran out meanwhile goes on.
 * @throws {ConfigError | EdgeError}
 */
export async function certificateIsValid(tls: DoorConfig["tls"], nowMs: number): Promise<void> {
  if (tls === null) return;
  const { validFromMs, validToMs } = await inspectCertificate(tls);
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  if (validToMs <= nowMs) {
    throw new ConfigError(
      `the certificate in ${tls.certFile} ran out on ${day(validToMs)}: renew it (or set this machine's clock: it says ${day(nowMs)})`,
    );
  }
  if (validFromMs > nowMs) {
    throw new ConfigError(
      `the certificate in ${tls.certFile} begins on ${day(validFromMs)}: set this machine's clock (it says ${day(nowMs)})`,
    );
  }
}

/** Made where it is missing, as control would. @throws {ConfigError} */
async function folderIsWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `the data folder ${folder} can't be made or written to (${code}): check its owner, or set ROSTRA_DATA`,
    );
  }
}

/** @throws {ConfigError} */
export async function internalHostIsOurs(host: string): Promise<void> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen({ host, port: 0 }, resolve);
  try {
    await promise;
    server.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `ROSTRA_INTERNAL_HOST ${host} can't be listened on (${code}): give an address of this machine`,
    );
  }
}
