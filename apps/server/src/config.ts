import { isIP } from "node:net";
import { availableParallelism, networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { isOneOf, ROLES, type Role, RostraError } from "@rostra/wire";
import { type DoorConfig, readDoorConfig } from "./door-config.ts";
import { type EdgeConfig, readEdgeConfig } from "./edge-config.ts";

/** A setting that can't be used. The message says which, and what would be right. */
export class ConfigError extends RostraError {
  /** @param code not-now: it may be right a moment later, when somebody else has let go of it */
  constructor(message: string, code: "bad-config" | "not-now" = "bad-config") {
    super(code, message);
  }
}

/** Everything the environment says, read once and parsed once. */
export interface Config {
  /** Public TCP port; 0 takes any free one. */
  readonly port: number;
  /** Address to listen on. */
  readonly host: string;
  /** UDP port for WebRTC, one for all speakers. */
  readonly udpPort: number;
  readonly dataDirectory: string;
  /** Base of all links, without a slash at the end; null: as the request says. */
  readonly publicUrl: string | null;
  /** Addresses that browsers reach this machine by, where its own interfaces don't show them. */
  readonly announcedAddresses: readonly string[];
  /** TURN servers for those who speak; null: none. */
  readonly turn: { readonly urls: readonly string[]; readonly secret: string } | null;
  /** Edge processes; they share the public port. */
  readonly edges: number;
  readonly edge: EdgeConfig;
  readonly door: DoorConfig;
  /** Where traces go; null: nowhere. */
  readonly tracesUrl: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly rateLimits: boolean;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const LOG_FORMATS = ["json", "pretty"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What the supervisor tells a process that it starts. */
export interface RoleAssignment {
  readonly role: Role;
  readonly name: string;
  readonly relayPath: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = 7070;
const MAX_EDGES = 64;
/** More sockets than any process holds. */
const MAX_LISTENERS = 1_000_000;

/** @throws {ConfigError} on the first setting that can't be used */
export function readConfig(env: Environment, isTerminal: boolean): Config {
  const port = wholeNumber(env, "PORT", DEFAULT_PORT, 0, 65_535);
  const host = address(env["HOST"]);
  const dataDirectory = resolve(env["ROSTRA_DATA"] || "data");
  return {
    port,
    host,
    udpPort: wholeNumber(env, "ROSTRA_UDP_PORT", port, 0, 65_535),
    dataDirectory,
    publicUrl: baseUrl("ROSTRA_PUBLIC_URL", env["ROSTRA_PUBLIC_URL"]),
    announcedAddresses: addresses(env["ROSTRA_ANNOUNCED_ADDRESSES"]),
    turn: turn(env["ROSTRA_TURN_URLS"], env["ROSTRA_TURN_SECRET"]),
    edges: wholeNumber(env, "ROSTRA_EDGES", defaultEdges(), 1, MAX_EDGES),
    edge: readEdgeConfig(env, {
      countOrNull: (name) => (env[name] ? wholeNumber(env, name, 0, 0, MAX_LISTENERS) : null),
      choiceOrNull: (name, allowed) =>
        env[name] ? Number(oneOf(env, name, allowed.map(String), "")) : null,
      urlOrNull: baseUrl,
    }),
    door: readDoorConfig(env, { dataDirectory, host }, (message) => new ConfigError(message)),
    tracesUrl: tracesUrl(env),
    logLevel: oneOf(env, "ROSTRA_LOG_LEVEL", LOG_LEVELS, "info"),
    logFormat: oneOf(env, "ROSTRA_LOG_FORMAT", LOG_FORMATS, isTerminal ? "pretty" : "json"),
    rateLimits: oneOf(env, "ROSTRA_RATE_LIMITS", ["on", "off"], "on") === "on",
  };
}

/** @returns undefined where the process was started by a person: it is the supervisor */
export function readAssignment(env: Environment): RoleAssignment | undefined {
  const role = env["ROSTRA_ROLE"];
  if (role === undefined) return undefined;
  const name = env["ROSTRA_NAME"];
  const relayPath = env["ROSTRA_RELAY"];
  if (!isOneOf(role, ROLES) || !name || !relayPath) {
    throw new ConfigError("ROSTRA_ROLE is set by the supervisor alone: unset it");
  }
  return { role, name, relayPath };
}

/** At least two where the port can be shared, so that one can die and the other goes on. */
function defaultEdges(): number {
  return canShareListeningPort() ? Math.min(Math.max(2, availableParallelism()), MAX_EDGES) : 1;
}

/** Only Linux spreads connections over processes that listen on one port. */
export function canShareListeningPort(): boolean {
  return process.platform === "linux";
}

function wholeNumber(
  env: Environment,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}

function oneOf<T extends string>(
  env: Environment,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  if (!isOneOf(text, allowed)) {
    throw new ConfigError(`${name} must be one of ${allowed.join(", ")}, not '${text}'`);
  }
  return text;
}

function address(text: string | undefined): string {
  if (!text) return everyAddress();
  if (isIP(text) === 0 && text !== "localhost") {
    throw new ConfigError(`HOST must be an IP address or localhost, not '${text}'`);
  }
  return text;
}

/** `::` takes IPv4 as well, but can't be had on a machine whose IPv6 is switched off. */
function everyAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.some((each) => each.family === "IPv6") ? "::" : "0.0.0.0";
}

function addresses(text: string | undefined): string[] {
  const list = (text ?? "").split(",").map((each) => each.trim());
  const given = list.filter((each) => each !== "");
  for (const each of given) {
    if (isIP(each) === 0) {
      throw new ConfigError(
        `ROSTRA_ANNOUNCED_ADDRESSES must be IP addresses with commas between them, not '${each}'`,
      );
    }
  }
  return given;
}

/** The form of RFC 7065: `turn:host[:port][?transport=udp|tcp]`; nothing that could end a header. */
const TURN_URL = /^turns?:(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/i;

function turn(list: string | undefined, secret: string | undefined): Config["turn"] {
  const urls = (list ?? "").split(",").map((each) => each.trim());
  const given = urls.filter((each) => each !== "");
  for (const each of given) {
    if (!TURN_URL.test(each)) {
      throw new ConfigError(
        `ROSTRA_TURN_URLS must be URLs like turn:turn.example.org:3478, with commas between them, not '${each}'`,
      );
    }
  }
  if (given.length === 0) return null;
  if (!secret) {
    throw new ConfigError("ROSTRA_TURN_URLS needs ROSTRA_TURN_SECRET: coturn's static-auth-secret");
  }
  return { urls: given, secret };
}

function baseUrl(name: string, text: string | undefined): string | null {
  if (!text) return null;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new ConfigError(`${name} must look like https://live.example.org, not '${text}'`);
  }
  return url.href.replace(/\/$/, "");
}

/** OpenTelemetry's own settings: a collector, or where it takes traces. */
function tracesUrl(env: Environment): string | null {
  const traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  const given = baseUrl(traces, env[traces]);
  if (given !== null) return given;
  const collector = "OTEL_EXPORTER_OTLP_ENDPOINT";
  const base = baseUrl(collector, env[collector]);
  return base === null ? null : `${base}/v1/traces`;
}
