import type { Relay } from "@rostra/relay";
import { type Clock, FLEET_VERSION, type Service, STATE_KEYS } from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { chooseTranscoder } from "./aac/adapters.ts";
import type { TranscoderAdapter } from "./aac/transcoder.ts";
import { Admission } from "./admission/admission.ts";
import { DEFAULT_MARKS, type Marks } from "./admission/marks.ts";
import type { OwnPressure } from "./admission/pressure.ts";
import type { Sheddable, Shedding } from "./admission/shedding.ts";
import { BOUNDS } from "./bounds.ts";
import { descriptorLimit, guardDescriptors, withinDescriptors } from "./descriptors.ts";
import { Drain } from "./drain.ts";
import { Pace, type PaceOptions } from "./fanout/pace.ts";
import { Rhythm } from "./fanout/rhythm.ts";
import { THIS_MACHINE, TrustedProxies } from "./gate/address.ts";
import { Door } from "./gate/door.ts";
import { DEFAULT_GATE_LIMITS, type GateLimits } from "./gate/limits.ts";
import { closeServer, createInternalServer, listen } from "./http/internal-server.ts";
import { LiveHandler } from "./http/live.ts";
import { ServiceProxy } from "./http/proxy.ts";
import { createPublicServer } from "./http/public-server.ts";
import { createRouter } from "./http/router.ts";
import { createSite } from "./http/site.ts";
import { StageTunnel } from "./http/stage-tunnel.ts";
import { createEdgeMetrics } from "./metrics.ts";
import { HoldingSound } from "./program/holding.ts";
import { Spaces } from "./space/spaces.ts";
import type { CertificateFiles } from "./tls/certificate.ts";
import { readCertificate, watchCertificate } from "./tls/certificate.ts";
import { createRedirectServer } from "./tls/redirect.ts";

export interface EdgeOptions {
  /** Unique in the fleet, stable through restarts: `edge-1`. */
  readonly name: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  /** The edge registers its metrics here, as `rostra_edge_*`. */
  readonly metrics: Registry;
  /** The public listener. `reusePort`: several edges share the port (Linux). */
  readonly http: { readonly host: string; readonly port: number; readonly reusePort?: boolean };
  /**
   * The public listener speaks TLS; `redirectPort` sends those on who come by plain HTTP, and answers
   * an authority's challenges from `challengeDirectory`.
   */
  readonly tls?: CertificateFiles & {
    readonly redirectPort?: number;
    readonly challengeDirectory?: string;
  };
  /** The built web site; null serves none. */
  readonly siteDirectory: string | null;
  /** Address of the internal listener, for the other processes: of this machine alone by default. */
  readonly internalHost?: string;
  /** What each address may ask for; "off" for load tests. What is left out is as by default. */
  readonly gate?: Partial<GateLimits> | "off";
  /** Addresses and subnets that are believed when they say whom they speak for; by default loopback. */
  readonly trustedProxies?: readonly string[];
  /** How much this edge takes on. What is left out is as by default. */
  readonly marks?: Partial<Marks>;
  /** Its own public base, without a slash at the end; none where it shares one with others. */
  readonly publicUrl?: string | null;
  /** Base of a CDN in front of its HLS; none where it serves that itself. */
  readonly hlsUrl?: string | null;
  /** How long chunks are and how much may be written; by default as this process can. */
  readonly pace?: PaceOptions;
  /** What the process finds out about itself; left out: what the system says. */
  readonly pressure?: () => OwnPressure;
  /** What makes AAC; by default ffmpeg where it's installed, else WebAssembly. */
  readonly transcoder?: TranscoderAdapter;
}

export interface Edge {
  /** The public port: the one asked for, or the one that was free where 0 was. */
  readonly port: number;
  /**
   * Moves the listeners to other edges, without a gap, where there are any; `close` comes next.
   * @param options.withinMs how long it may take, ms
   * @param options.hurry aborted: who is still here hears the farewell of `close`
   */
  drain(options: { readonly withinMs: number; readonly hurry: AbortSignal }): Promise<void>;
  /** Sends the listeners away, stops accepting, and is done within about two seconds. */
  close(): Promise<void>;
}

/** Listeners who are sent away come back spread over this time, ms. */
const RETURN_WITHIN_MS = 1_000;

/**
 * Starts an edge and announces it on the relay. The relay stays the caller's to close.
 * @throws {EdgeError} `listen-failed`, `bad-certificate`
 */
export async function createEdge(options: EdgeOptions): Promise<Edge> {
  const { name, relay, clock, log, http, tls, internalHost = "127.0.0.1" } = options;
  const certificate = tls && (await readCertificate(tls));
  const metrics = createEdgeMetrics(options.metrics);
  const pace = new Pace({
    ...{ lateMs: () => lateMs(), ...options.pace },
    metrics,
    onCadence: (change) => {
      log.info(change, "the cadence changes");
      spaces.setCadence(change);
    },
  });
  const cadenceMs = () => pace.cadenceMs;
  const holding = new HoldingSound();
  let adapter = options.transcoder;
  if (adapter === undefined) void chooseTranscoder().then((found) => (adapter = found));
  const transcoder = () => adapter;
  // Spaces come before admission, which counts their listeners.
  let shedding: Shedding | undefined;
  const sheds = (what: Sheddable) => shedding?.sheds(what) ?? false;
  const context = {
    edgeName: name,
    sheds,
    relay,
    clock,
    log,
    metrics,
    holding,
    cadenceMs,
    came: () => rhythm.came(),
    writer: pace.writer,
    thinning: () => pace.thinning,
    transcoder,
  };
  const spaces = new Spaces(context);
  const rhythm = new Rhythm({
    clock,
    relay,
    served: () => {
      const [live, ...others] = spaces.live;
      const turns = others.length > 0 ? Number.POSITIVE_INFINITY : (live?.room.turns ?? 0);
      return { cadenceMs: cadenceMs(), turns, hlsPlayers: admission.hls.players };
    },
    isAnybodyThere: () => spaces.listeners + spaces.followers + admission.hls.players > 0,
    onBeat: (nowMs) => {
      pace.beat(nowMs);
      spaces.beat(nowMs);
      spaces.keepStandbys(admission.standbyPlaces, admission.draining);
    },
  });
  const { unhurried } = rhythm;
  const lateMs = rhythm.lateness();

  const proxies = new TrustedProxies(options.trustedProxies ?? THIS_MACHINE);
  const gate = options.gate === "off" ? "off" : { ...DEFAULT_GATE_LIMITS, ...options.gate };
  const door = new Door({
    clock: unhurried,
    metrics,
    proxies,
    limits: gate,
    secure: tls !== undefined,
  });
  const publicServer = createPublicServer({ log, clock, door, certificate });
  const { server, takeOver } = publicServer;
  const limit = descriptorLimit();
  const wanted = { ...DEFAULT_MARKS, ...options.marks };
  const marks = withinDescriptors(wanted, limit);
  if (marks !== wanted) log.warn({ limit, ...marks }, "few descriptors: the mark is lower");
  const stopGuarding = guardDescriptors({ server, limit, clock, metrics, log });
  const proxy = new ServiceProxy(log, proxies, clock);
  const tunnel = new StageTunnel({ spaces, proxies, clock, log });
  const admission = new Admission({
    name,
    relay,
    clock: unhurried,
    metrics,
    marks,
    publicUrl: options.publicUrl ?? null,
    hlsUrl: options.hlsUrl ?? null,
    cadenceMs,
    lineFull: () => pace.lineFull,
    lateMs: rhythm.lateness(),
    space: (id) => spaces.state.space(id),
    audience: () => spaces,
    listenersOf: (id) => spaces.listenersOf(id),
    ...(options.pressure && { pressure: options.pressure }),
  });
  shedding = admission.shedding;
  const live = new LiveHandler({ spaces, metrics, admission, proxies, takeOver, clock });
  publicServer.handlers = {
    request: createRouter({
      edgeName: name,
      spaces,
      live,
      admission,
      proxy,
      site: createSite(options.siteDirectory),
      registry: options.metrics,
      log,
    }),
    upgrade: (req, socket, path, query, first) => {
      if (!tunnel.take(req, socket, { path, query }, first)) live.upgrade(req, socket, path, query);
    },
    join: (req, socket, path, query) => live.upgrade(req, socket, path, query),
  };
  const internal = createInternalServer(options.metrics);
  const { challengeDirectory } = tls ?? {};
  const redirect = createRedirectServer({ httpsPort: () => port, challengeDirectory });
  const stopWatching =
    certificate &&
    watchCertificate({
      ...{ files: tls!, current: certificate },
      ...{ onChanged: publicServer.setCertificate, clock, log },
    });

  const announce = (isDraining: boolean): void => {
    const service: Service = {
      role: "edge",
      name,
      url,
      pid: process.pid,
      version: FLEET_VERSION,
    };
    const entry = isDraining ? { ...service, isDraining } : service;
    relay.put(STATE_KEYS.service(name), entry, { ephemeral: true });
  };
  const drain: Edge["drain"] = async ({ withinMs, hurry }) => {
    announce(true);
    await new Drain({ spaces, admission, clock, withinMs, hurry }).run();
  };
  const close = async (): Promise<void> => {
    relay.put(STATE_KEYS.service(name), undefined);
    admission.close();
    rhythm.close();
    tunnel.close();
    spaces.close(() => Math.floor(Math.random() * RETURN_WITHIN_MS));
    stopWatching?.();
    const asides = [internal, redirect].map((aside) => closeServer(aside, 0));
    await Promise.all([publicServer.close(BOUNDS.farewellMs), ...asides]);
    proxy.close();
    door.close();
    stopGuarding();
  };

  const internalPort = await listen(internal, { host: internalHost, port: 0 });
  const port = await publicServer.listen(http);
  if (tls?.redirectPort !== undefined) await listen(redirect, { ...http, port: tls.redirectPort });
  const host = internalHost.includes(":") ? `[${internalHost}]` : internalHost;
  const url = `http://${host}:${internalPort}`;
  announce(false);
  log.info({ port, url }, "edge is up");
  return { port, drain, close };
}
