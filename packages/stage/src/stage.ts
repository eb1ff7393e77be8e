import type { Relay } from "@rostra/relay";
import { loadOpus } from "@rostra/sound";
import {
  type Clock,
  isSpaceSnapshot,
  type Service,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
} from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { listenHttp } from "./http/server.ts";
import { TokenVerifier } from "./http/token-verifier.ts";
import { createStageMetrics } from "./metrics.ts";
import { openHoldingSound, toHoldingLoop } from "./program/holding.ts";
import { Programs } from "./program/programs.ts";
import { Sessions } from "./speaker/sessions.ts";
import { openNodeDataChannel } from "./transport/node-datachannel.ts";

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
}

export interface Stage {
  /** Base of the internal HTTP listener. */
  readonly url: string;
  /** The UDP port that speakers send to. */
  readonly udpPort: number;
  close(): Promise<void>;
}

/**
 * Starts a stage: it runs a program for every space that names it, from backstage to the end.
 * @throws {StageError} `port-in-use`, `bad-option`
 */
export async function createStage(options: StageOptions): Promise<Stage> {
  const { name, relay, clock, log } = options;
  const metrics = createStageMetrics(options.metrics);
  const opus = await loadOpus();
  const holding = await openHoldingSound(opus, await standing(relay, STATE_KEYS.holdingLoop));
  relay.put(STATE_KEYS.holdingLoop, toHoldingLoop(holding));

  const transport = await openNodeDataChannel({ ...options.webrtc, clock });
  const spaces = new Map<SpaceId, SpaceSnapshot>();
  const snapshotOf = (spaceId: SpaceId) => spaces.get(spaceId);
  const programs = new Programs(name, opus, {
    relay,
    clock,
    log,
    metrics,
    holding,
    speakersOf: (spaceId) => sessions.speakersOf(spaceId),
    sendFeeds: (number, feeds) => sessions.sendFeeds(number, feeds),
    dropSpeaker: (speaker, error) => sessions.drop(speaker, error),
  });
  const sessions = new Sessions({ opus, clock, log, metrics, transport, programs, snapshotOf });
  const tokens = new TokenVerifier(relay);
  const stopWatching = relay.watch(STATE_KEYS.spaces, (key, value) => {
    const spaceId = key.slice(STATE_KEYS.spaces.length) as SpaceId;
    if (!takeSnapshot(spaces, spaceId, value)) return;
    const snapshot = spaces.get(spaceId);
    if (snapshot === undefined) programs.remove(spaceId);
    else programs.apply(snapshot);
    sessions.enforce(spaceId);
  });
  // From the outside in: no more news, then the speakers, the sound, the port.
  const closeInside = async () => {
    tokens.close();
    stopWatching();
    await sessions.close();
    programs.close();
    await transport.close();
  };
  const http = await listenHttp({
    ...options.http,
    stageName: name,
    log,
    registry: options.metrics,
    tokens,
    sessions,
    snapshotOf,
  }).catch(async (error: unknown) => {
    await closeInside();
    throw error;
  });
  const service: Service = { role: "stage", name, url: http.url, pid: process.pid };
  relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
  log.info({ url: http.url, udpPort: transport.udpPort }, "the stage is ready");

  return {
    url: http.url,
    udpPort: transport.udpPort,
    close: async () => {
      relay.put(STATE_KEYS.service(name), undefined);
      await http.close();
      await closeInside();
    },
  };
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

/** @returns false where `value` is no newer snapshot of the space: nothing changes then */
function takeSnapshot(
  spaces: Map<SpaceId, SpaceSnapshot>,
  spaceId: SpaceId,
  value: unknown,
): boolean {
  if (value === undefined) return spaces.delete(spaceId);
  if (!isSpaceSnapshot(value) || value.id !== spaceId) return false;
  const known = spaces.get(spaceId);
  if (known !== undefined && known.revision >= value.revision) return false;
  spaces.set(spaceId, value);
  return true;
}
