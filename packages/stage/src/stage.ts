import type { Relay } from "@rostra/relay";
import { type Clock, FLEET_VERSION, type Service, STATE_KEYS } from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { anotherStays, type DrainOptions, spacesHaveLeft } from "./drain.ts";
import { openStageOpus } from "./encode/stage-opus.ts";
import { Admission } from "./http/admission.ts";
import { listenHttp } from "./http/server.ts";
import { StageSockets } from "./http/socket/stage-sockets.ts";
import { TokenVerifier } from "./http/token-verifier.ts";
import type { TurnSettings } from "./http/turn.ts";
import { Turns } from "./http/turns.ts";
import { createStageMetrics } from "./metrics.ts";
import { openHoldingSound, toHoldingLoop } from "./program/holding.ts";
import { Programs } from "./program/programs.ts";
import { SpaceWatch } from "./program/space-watch.ts";
import { Sessions } from "./speaker/sessions.ts";
import { tellStageLoad } from "./stage-load.ts";
import { openNodeDataChannel } from "./transport/node-datachannel.ts";
import type { PeerTransport } from "./transport/peer.ts";

export interface StageOptions {
  /** Unique in the fleet, stable through restarts: spaces name their stage by it. */
  readonly name: string;
  /** Stays the caller's. */
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes the stage's metrics, and is served at /metrics. */
  readonly metrics: Registry;
  /** The internal listener; port 0 takes any. */
  readonly http: { readonly host: string; readonly port: number };
  readonly webrtc: {
    /** The one port for all speakers; 0 takes any. */
    readonly udpPort: number;
    readonly bindAddress?: string;
    /** IP addresses at which speakers reach the stage, where they aren't the machine's own. */
    readonly announcedAddresses: readonly string[];
  };
  /** TURN servers that members are told of. */
  readonly turn?: TurnSettings;
}

export interface Stage {
  /** Base of the internal HTTP listener. */
  readonly url: string;
  /** The UDP port that speakers send to. */
  readonly udpPort: number;
  /** Waits, for a while, until control has moved its spaces to other stages; `close` comes next. */
  drain(options: DrainOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a stage: it runs a program for every space that names it, from backstage to the end.
 * @throws {StageError} `port-in-use`, `bad-option`
 */
export async function createStage(options: StageOptions): Promise<Stage> {
  const { name, relay, log, metrics: registry } = options;
  const inside = await openInside(options);
  const { sessions, sockets, admission, transport } = inside;
  const http = await listenHttp({
    ...options.http,
    log,
    registry,
    admission,
    sockets,
    sessions,
    clock: options.clock,
    turn: options.turn ?? null,
  }).catch(async (error: unknown) => {
    await closeInside(inside);
    throw error;
  });
  const service: Service = {
    role: "stage",
    name,
    url: http.url,
    pid: process.pid,
    version: FLEET_VERSION,
    hearsTopics: true,
  };
  relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
  const { programs } = inside;
  const hushLoad = tellStageLoad({ name, relay, clock: options.clock, programs, sessions });
  log.info({ url: http.url, udpPort: transport.udpPort }, "the stage is ready");
  return {
    url: http.url,
    udpPort: transport.udpPort,
    drain: async (how) => {
      if (!anotherStays(relay, name)) return;
      relay.put(STATE_KEYS.service(name), { ...service, isDraining: true }, { ephemeral: true });
      await spacesHaveLeft(name, inside.spaces, { ...how, clock: options.clock });
    },
    close: async () => {
      relay.put(STATE_KEYS.service(name), undefined);
      hushLoad();
      // Upgraded sockets would hold the listener open.
      inside.sockets.close();
      inside.turns.close();
      await http.close();
      await closeInside(inside);
    },
  };
}

/** All of a stage but its door. */
interface Inside {
  readonly spaces: SpaceWatch;
  readonly tokens: TokenVerifier;
  readonly turns: Turns;
  readonly admission: Admission;
  readonly sessions: Sessions;
  readonly sockets: StageSockets;
  readonly programs: Programs;
  readonly transport: PeerTransport;
}

async function openInside(options: StageOptions): Promise<Inside> {
  const { name, relay, clock, log } = options;
  const metrics = createStageMetrics(options.metrics);
  const opus = await openStageOpus(log);
  const holding = await openHoldingSound(opus, await standing(relay, STATE_KEYS.holdingLoop));
  relay.put(STATE_KEYS.holdingLoop, toHoldingLoop(holding));
  const transport = await openNodeDataChannel({ ...options.webrtc, clock });
  const spaces = new SpaceWatch(relay, clock);
  // Programs and sessions need each other: a tick's packets go out by the sessions, and a session's
  // speaker goes into the program.
  const programs = new Programs(name, opus, {
    relay,
    clock,
    log,
    metrics,
    holding,
    speakersOf: (spaceId) => sessions.speakersOf(spaceId),
    sendFeeds: (number, feeds) => sessions.sendFeeds(number, feeds),
    dropSpeaker: (speaker, error) => sessions.drop(speaker, error),
    onGuard: (spaceId, guard) => sockets.onGuard(spaceId, guard),
  });
  const sessions = new Sessions({ opus, clock, log, metrics, transport, programs, spaces });
  const tokens = new TokenVerifier(relay);
  const turns = new Turns({ clock });
  const admission = new Admission({ stageName: name, tokens, spaces, clock, turns });
  const sockets = new StageSockets({ admission, sessions, programs, spaces, clock });
  spaces.start((spaceId, snapshot) => {
    if (snapshot === undefined) programs.remove(spaceId);
    else programs.apply(snapshot);
    sessions.enforce(spaceId);
    sockets.enforce(spaceId);
  });
  return { spaces, tokens, turns, admission, sessions, sockets, programs, transport };
}

/** From the outside in: no more news, then the speakers, the sound, the network. */
async function closeInside(inside: Inside): Promise<void> {
  inside.tokens.close();
  inside.spaces.close();
  await inside.sessions.close();
  inside.sockets.close();
  inside.programs.close();
  await inside.transport.close();
}

/** What a key of the relay holds now. */
async function standing(relay: Relay, wanted: string): Promise<unknown> {
  let found: unknown;
  const stop = relay.watch(wanted, (key, value) => {
    if (key === wanted) found = value;
  });
  await relay.flush(); // a round trip: by now the relay has told what it holds
  stop();
  return found;
}
