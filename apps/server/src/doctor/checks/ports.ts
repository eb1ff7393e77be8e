import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { text } from "node:stream/consumers";
import type { Config } from "../../config.ts";
import { internalHostIsOurs } from "../../preflight.ts";
import { claimTcpPort, claimUdpPort } from "../../supervisor/ports.ts";
import { type Finding, ok, unlessRefused, wrong, wrongBy } from "../finding.ts";

const PATIENCE_MS = 2_000;

/** Whether the public port can be had, unless it's Rostra that has it. */
export async function checkTcpPort(config: Config): Promise<Finding> {
  const check = "TCP port";
  try {
    const port = await claimTcpPort(config.port, config.host);
    return ok(check, config.port === 0 ? "any that is free" : `${port} is free`);
  } catch (error) {
    if (await isRostra(config)) return ok(check, `${config.port} is Rostra's, which runs here`);
    return wrongBy(check, error);
  }
}

/** @param host where others reach this process, in a fleet */
export async function checkInternalHost(host: string): Promise<Finding> {
  return unlessRefused("internal address", async () => {
    await internalHostIsOurs(host);
    const alone = host.startsWith("127.") || host === "::1";
    return alone ? `${host}: only processes of this machine reach it` : host;
  });
}

/**
 * Whether the port of microphones can be had, and datagrams reach it on this machine.
 * @param running Rostra runs here: it may have the port
 */
export async function checkUdpPort(udpPort: number, running: boolean): Promise<Finding> {
  const check = "UDP port";
  try {
    await claimUdpPort(udpPort);
  } catch (error) {
    return running ? ok(check, `${udpPort} is Rostra's, which runs here`) : wrongBy(check, error);
  }
  const here = createSocket("udp4");
  try {
    here.bind(udpPort);
    await once(here, "listening");
    const { port } = here.address();
    if (await reaches(here, port)) return ok(check, `${port} is free, and heard on this machine`);
    const advice = "a firewall drops it; let UDP in to this port";
    return wrong(check, `nothing that is sent to ${port} on this machine arrives: ${advice}`);
  } finally {
    here.close();
  }
}

async function reaches(socket: Socket, port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const heard = once(socket, "message", { signal });
  socket.send("doctor", port, "127.0.0.1");
  return heard.then(
    () => true,
    () => false,
  );
}

/** Whether it's our own kind that answers at the public port. */
export async function isRostra({ port, door }: Pick<Config, "port" | "door">): Promise<boolean> {
  if (port === 0) return false;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  // Whose certificate it is doesn't matter here: nothing is told to whoever answers.
  const options = { host: "127.0.0.1", port, path: "/healthz", rejectUnauthorized: false, signal };
  const request = door.tls === null ? requestPlain : requestTls;
  try {
    const asked = request(options).end();
    const [answer] = await once(asked, "response");
    return (await text(answer)) === JSON.stringify({ status: "ok" });
  } catch {
    return false;
  }
}
