import { fileURLToPath } from "node:url";
import type { Relay } from "@rostra/relay";
import type { Clock, Role } from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { type Config, canShareListeningPort } from "../config.ts";

/** What every role is given: it owns none of these but what it makes itself. */
export interface RoleContext {
  readonly name: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
}

export interface RunningRole {
  close(): Promise<void>;
}

/** Loopback and any free port: found by others through the role's service entry. */
const INTERNAL_HTTP = { host: "127.0.0.1", port: 0 };
const SITE_DIRECTORY = fileURLToPath(new URL("../../../web/dist", import.meta.url));

/**
 * The one place where a role's parts are chosen. Loaded on demand: a process carries the code of
 * its own role alone, and is back the sooner after a crash.
 */
export const ROLE_STARTERS: Readonly<
  Record<Role, (config: Config, context: RoleContext) => Promise<RunningRole>>
> = {
  control: async (config, context) => {
    const { createControl } = await import("@rostra/control");
    return createControl({
      ...context,
      http: INTERNAL_HTTP,
      dataDirectory: config.dataDirectory,
      publicUrl: config.publicUrl,
      ...(config.rateLimits ? {} : { rateLimits: "off" as const }),
    });
  },
  stage: async (config, context) => {
    const { createStage } = await import("@rostra/stage");
    return createStage({
      ...context,
      http: INTERNAL_HTTP,
      webrtc: { udpPort: config.udpPort, announcedAddresses: [...config.announcedAddresses] },
    });
  },
  edge: async (config, context) => {
    const { createEdge } = await import("@rostra/edge");
    return createEdge({
      ...context,
      http: { host: config.host, port: config.port, reusePort: canShareListeningPort() },
      siteDirectory: SITE_DIRECTORY,
    });
  },
};
