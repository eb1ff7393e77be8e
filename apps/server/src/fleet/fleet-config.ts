import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import type { NatsOptions } from "@rostra/relay";
import { isOneOf, type Role } from "@rostra/wire";
import { ConfigError } from "../config.ts";

/** What a process of a fleet has to know beyond its role's own settings. */
export interface FleetConfig {
  /** NATS servers or clusters that know nothing of each other: all are used at once. */
  readonly nats: readonly NatsOptions[];
  /** Which fleet: several may share their servers. */
  readonly fleet: string;
  /** This process, unique in the fleet and the same after a restart. */
  readonly name: string;
  /** Where the others reach this process's internal listener. */
  readonly internalHost: string;
  /** PostgreSQL, for control; null: a store in the data folder. */
  readonly databaseUrl: string | null;
  /** Whether control runs each space on two stages where there are two. */
  readonly stagePairs: boolean;
  /** How long the process may take to hand over what it holds before it ends, ms. */
  readonly drainMs: number;
}

/** Those that the driver knows; any other it would take for `verify-full`. */
const TLS_MODES = [
  "disable",
  "no-verify",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** A word of a NATS subject; short enough for a key of the shared state. */
const NAME = /^[\w-]{1,60}$/;

/** @throws {ConfigError} on the first setting that can't be used */
export function readFleetConfig(env: Environment, role: Role): FleetConfig {
  const nats = natsPaths(env["ROSTRA_NATS_URLS"]);
  if (nats.length === 0) {
    throw new ConfigError(
      `${role === "edge" ? "an" : "a"} ${role} on its own needs ROSTRA_NATS_URLS, like nats://127.0.0.1:4222 (npm start needs none)`,
    );
  }
  return {
    nats,
    fleet: name("ROSTRA_FLEET", env["ROSTRA_FLEET"] || "rostra"),
    name: name("ROSTRA_NAME", env["ROSTRA_NAME"] || `${role}-${hostname().split(".")[0]}`),
    internalHost: internalHost(env["ROSTRA_INTERNAL_HOST"]),
    databaseUrl: databaseUrl(env["ROSTRA_DATABASE_URL"]),
    stagePairs: stagePairs(env["ROSTRA_STAGE_PAIRS"] || "auto"),
    drainMs: drainSeconds(env["ROSTRA_DRAIN_SECONDS"] || "20") * 1_000,
  };
}

/** Whatever runs the process has to wait that long, and three seconds more, before it kills it. */
function drainSeconds(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 3_600) return Number(text);
  throw new ConfigError(`ROSTRA_DRAIN_SECONDS must be whole seconds up to 3600, not '${text}'`);
}

/** Servers of one cluster have commas between them, clusters blanks. */
function natsPaths(text: string | undefined): NatsOptions[] {
  const clusters = (text ?? "").split(/\s+/).filter((each) => each !== "");
  return clusters.map((cluster) => toPath(cluster.split(",").map(natsUrl)));
}

function natsUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^(nats|tls):$/.test(url.protocol) || url.hostname === "") {
    const shown = text.replace(/\/\/[^@/]*@/, "//");
    throw new ConfigError(
      `ROSTRA_NATS_URLS must be URLs like nats://10.0.0.1:4222, commas within a cluster, blanks between clusters, not '${shown}'`,
    );
  }
  return url;
}

function toPath(urls: readonly URL[]): NatsOptions {
  const { username, password } = urls[0]!;
  const servers = urls.map(({ protocol, host }) => `${protocol}//${host}`);
  if (username === "") return { servers };
  // As NATS's own tools have it: a name alone is a token.
  if (password === "") return { servers, token: decoded(username) };
  return { servers, user: decoded(username), password: decoded(password) };
}

/** A password with a `%` that stands for nothing is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function name(setting: string, text: string): string {
  if (NAME.test(text)) return text;
  throw new ConfigError(`${setting} must be letters, digits, '-' and '_', not '${text}'`);
}

/** The first address of this machine that isn't its own alone. */
function internalHost(text: string | undefined): string {
  if (text) {
    if (isIP(text) !== 0) return text;
    throw new ConfigError(
      `ROSTRA_INTERNAL_HOST must be an IP address of this machine, not '${text}'`,
    );
  }
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = all.find(({ internal, family }) => !internal && family === "IPv4");
  return found?.address ?? "127.0.0.1";
}

function stagePairs(text: string): boolean {
  if (text === "auto" || text === "off") return text === "auto";
  throw new ConfigError(`ROSTRA_STAGE_PAIRS must be one of auto, off, not '${text}'`);
}

function databaseUrl(text: string | undefined): string | null {
  if (!text) return null;
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    // The whole of it may hold a password.
    throw new ConfigError(
      "ROSTRA_DATABASE_URL must look like postgresql://user:password@host:5432/database",
    );
  }
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !isOneOf(mode, TLS_MODES)) {
    throw new ConfigError(
      `sslmode in ROSTRA_DATABASE_URL must be one of ${TLS_MODES.join(", ")}, not '${mode}'`,
    );
  }
  return text;
}
