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

export type RoleStarter = (config: Config, context: RoleContext) => Promise<RunningRole>;

/** Loopback and any free port: found by others through the role's service entry. */
const INTERNAL_HTTP = { host: "127.0.0.1", port: 0 };
const SITE_DIRECTORY = fileURLToPath(new URL("../../../web/dist", import.meta.url));

/**
 * The one place where a role's parts are chosen. Loaded on demand: a process carries the code of
 * its own role alone, and is back the sooner after a crash.
 */
export const ROLE_LOADERS: Readonly<Record<Role, () => Promise<RoleStarter>>> = {
  control: async () => {
    const { createControl } = await import("@rostra/control");
    return (config, context) =>
      createControl({
        ...context,
        http: INTERNAL_HTTP,
        dataDirectory: config.dataDirectory,
        publicUrl: config.publicUrl,
        ...(config.rateLimits ? {} : { rateLimits: "off" as const }),
      });
  },
  stage: async () => {
    const { createStage } = await import("@rostra/stage");
    return (config, context) =>
      createStage({
        ...context,
        http: INTERNAL_HTTP,
        webrtc: { udpPort: config.udpPort, announcedAddresses: [...config.announcedAddresses] },
        ...(config.turn === null ? {} : { turn: config.turn }),
      });
  },
  edge: async () => {
    const { createEdge } = await import("@rostra/edge");
    return (config, context) =>
      createEdge({
        ...context,
        http: { host: config.host, port: config.port, reusePort: canShareListeningPort() },
        siteDirectory: SITE_DIRECTORY,
      });
  },
};
