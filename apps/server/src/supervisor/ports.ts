import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { ConfigError } from "../config.ts";

/**
 * Makes sure that nobody else has the public port: edges share it among themselves, and would as
 * gladly share it with another Rostra.
 * @param port 0 picks a free one
 * @param variable the setting that it comes from
 * @param shared others that share their ports, too, may have it: edges of a fleet on one machine
 * @returns the port
 * @throws {ConfigError} where the port is taken or not allowed
 */
export async function claimTcpPort(
  port: number,
  host: string,
  variable = "PORT",
  shared = false,
): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, exclusive: true, reusePort: shared }, resolve);
    });
    const bound = server.address();
    return typeof bound === "object" && bound !== null ? bound.port : port;
  } catch (error) {
    throw portError("TCP", variable, port, error);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** As {@link claimTcpPort}, for the port of WebRTC. */
export async function claimUdpPort(port: number): Promise<number> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, resolve);
    });
    return socket.address().port;
  } catch (error) {
    throw portError("UDP", "ROSTRA_UDP_PORT", port, error);
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

function portError(kind: string, variable: string, port: number, error: unknown): ConfigError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    const message = `${kind} port ${port} is in use: stop what uses it, or set ${variable}`;
    return new ConfigError(message, "not-now");
  }
  if (code === "EACCES") {
    return new ConfigError(`${kind} port ${port} is not allowed: set ${variable} to 1024 or more`);
  }
  if (code === "EADDRNOTAVAIL") {
    return new ConfigError(
      `HOST is no address of this machine: take one that it has, or leave it out`,
    );
  }
  return new ConfigError(`${kind} port ${port} can't be used (${String(code)}): set ${variable}`);
}
