import { fileURLToPath } from "node:url";
import type { Relay } from "@rostra/relay";
import type { Clock, Role } from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { type Config, canShareListeningPort } from "../config.ts";
import type { EdgeConfig } from "../edge-config.ts";

/** What every role is given: it owns none of these but what it makes itself. */
export interface RoleContext {
  readonly name: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Address of the internal listener: others reach this process there. */
  readonly internalHost: string;
  /** PostgreSQL, for control; null: a store in the data folder. */
  readonly databaseUrl: string | null;
  /** Whether control runs each space on two stages where there are two. */
  readonly stagePairs: boolean;
}

export interface RunningRole {
  /** Hands over what it holds to others, where there are any; `close` comes next. */
  drain?(options: { readonly withinMs: number; readonly hurry: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

export type RoleStarter = (config: Config, context: RoleContext) => Promise<RunningRole>;

/** Found by others through the role's service entry. */
const ANY_PORT = 0;
const SITE_DIRECTORY = fileURLToPath(new URL("../../../web/dist", import.meta.url));

/** What isn't set is left to the edge. */
function marksOf({ listeners, joinsPerSecond, hlsListeners }: EdgeConfig) {
  return {
    ...(listeners !== null && { listeners }),
    ...(joinsPerSecond !== null && { joinsPerSecond }),
    ...(hlsListeners !== null && { hlsListeners }),
  };
}

function paceOf({ mbits, cadenceMs }: EdgeConfig) {
  return { ...(mbits !== null && { mbits }), ...(cadenceMs !== null && { cadenceMs }) };
}

/** Loaded only where traces are wanted. */
async function tracingOf({ tracesUrl }: Config, name: string) {
  if (tracesUrl === null) return undefined;
  const { startTracing } = await import("../tracing.ts");
  return startTracing(tracesUrl, name);
}

/**
 * The one place where a role's parts are chosen. Loaded on demand: a process carries the code of
 * its own role alone, and is back the sooner after a crash.
 */
export const ROLE_LOADERS: Readonly<Record<Role, () => Promise<RoleStarter>>> = {
  control: async () => {
    const { createControl } = await import("@rostra/control");
    return async (config, { databaseUrl, ...context }) => {
      const tracing = await tracingOf(config, context.name);
      const control = await createControl({
        ...context,
        tracing: tracing !== undefined,
        http: { host: context.internalHost, port: ANY_PORT },
        dataDirectory: config.dataDirectory,
        ...(databaseUrl === null ? {} : { databaseUrl }),
        publicUrl: config.publicUrl,
        ...(config.rateLimits ? {} : { rateLimits: "off" as const }),
      });
      return { ...control, close: () => control.close().finally(() => tracing?.close()) };
    };
  },
  stage: async () => {
    const { createStage } = await import("@rostra/stage");
    return (config, context) =>
      createStage({
        ...context,
        http: { host: context.internalHost, port: ANY_PORT },
        webrtc: { udpPort: config.udpPort, announcedAddresses: [...config.announcedAddresses] },
        ...(config.turn === null ? {} : { turn: config.turn }),
      });
  },
  edge: async () => {
    const { createEdge, THIS_MACHINE } = await import("@rostra/edge");
    return (config, context) =>
      createEdge({
        ...context,
        http: { host: config.host, port: config.port, reusePort: canShareListeningPort() },
        siteDirectory: SITE_DIRECTORY,
        marks: marksOf(config.edge),
        pace: paceOf(config.edge),
        publicUrl: config.edge.url,
        hlsUrl: config.edge.hlsUrl,
        gate: config.rateLimits ? config.door.limits : "off",
        trustedProxies: [...THIS_MACHINE, ...config.door.trustedProxies],
        ...(config.door.tls && { tls: config.door.tls }),
      });
  },
};
