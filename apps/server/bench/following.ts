/**
 * What a space costs where nobody listens to it, what the first listener waits for at an edge that
 * doesn't follow it yet, and what following costs: a fleet of real processes on this machine, two NATS servers
 * among them. The second edge makes chunks of a second, as a full one does: it lets frames wait for each other.
 *
 *     npm run bench:following [-- spaces]
 */

import { setTimeout as sleep } from "node:timers/promises";
import {
  PairedSpeaker,
  speak,
  TestApi,
  testMember,
  testSpace,
  WebSocketListener,
} from "@rostra/testkit";
import { isService, newSpaceId, newUserId, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { TestFleet } from "./fleet/fleet.ts";
import { LoopbackNetwork } from "./fleet/loopback.ts";
import type { Host } from "./fleet/network.ts";
import { costOf } from "./relay/process-cost.ts";
import { percentile } from "./statistics.ts";

const SPACES = Number(process.argv[2] ?? 400);
const FOLLOWED = Math.min(200, SPACES);
const KNOWN = 10_000;
/** Under way at once. */
const CONCURRENT = 8;
/** Ten seconds with nobody there, and a stage takes it easy. */
const SETTLE_MS = 13_000;
const MEASURE_MS = 8_000;
const FIRST_SOUND_MS = 5_000;
/** Until an edge that makes long chunks lets frames wait for each other. */
const LONG_SETTLE_MS = 6_000;
const HOSTS: readonly Host[] = ["control-1", "stage-1", "edge-1", "edge-2"];
const SHOWN: readonly Host[] = ["nats-1", "control-1", "stage-1", "edge-1", "edge-2"];

const say = (line: string) => void process.stdout.write(`${line}\n`);
const fleet = new TestFleet(new LoopbackNetwork());
let broken = 0;
try {
  await fleet.start({ ROSTRA_LOG_LEVEL: "warn" }, HOSTS);
  await lengthenChunks("edge-2");
  say(
    `| | ${SHOWN.map((host) => (host === "edge-2" ? `${host}, chunks of 1 s` : host)).join(" | ")} |`,
  );
  say(`|---|${SHOWN.map(() => "---|").join("")}`);
  await sleep(3_000);
  say(`| no space | ${await costs()} |`);
  say(`| one voice, a listener at each edge | ${await costsOfOneVoice()} |`);
  const ids = await openSpaces();
  await sleep(SETTLE_MS);
  say(`| ${SPACES} on air, nobody there | ${await costs()} |`);
  const cold = await firstSounds(ids.slice(0, FOLLOWED));
  const warm = await firstSounds(ids.slice(0, FOLLOWED));
  // They are followed for half a minute after their listeners have gone.
  await sleep(1_000);
  say(`| edge-1 follows ${FOLLOWED} of them | ${await costs()} |`);
  await standMany();
  await sleep(6_000);
  say(`| and ${KNOWN} more are known | ${await costs()} |`);
  say("");
  say(
    "| first sound, from the connection's beginning | p50 | p99 | longest | none, or with holes |",
  );
  say("|---|---|---|---|---|");
  report("of a space that the edge didn't follow", cold);
  report("of one that it followed", warm);
} finally {
  await fleet.stop();
}
process.exit(broken === 0 ? 0 : 1);

function report(what: string, samples: readonly (number | undefined)[]): void {
  const ms = samples.filter((sample) => sample !== undefined);
  const missed = samples.length - ms.length;
  broken += missed;
  const at = (share: number) => `${percentile(ms, share).toFixed(0)} ms`;
  say(`| ${what} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${missed} of ${samples.length} |`);
}

/** Of a while: CPU as a share of one core, and memory, of each process. */
async function costs(): Promise<string> {
  const pids = SHOWN.map((host) => fleet.service(host).pid!);
  const before = pids.map(costOf);
  const fromMs = performance.now();
  await sleep(MEASURE_MS);
  const seconds = (performance.now() - fromMs) / 1_000;
  const cells = pids.map((pid, at) => {
    const { cpuSeconds, rssMb } = costOf(pid);
    const cpu = (cpuSeconds - before[at]!.cpuSeconds) / seconds;
    return `${(100 * cpu).toFixed(1)}%, ${rssMb.toFixed(0)} MB`;
  });
  return cells.join(" | ");
}

async function lengthenChunks(host: Host): Promise<void> {
  const service = fleet.service(host);
  service.extraEnv = { ROSTRA_EDGE_CADENCE_MS: "1000" };
  await service.kill();
  await sleep(1_200);
  await service.isReady();
}

/** A space in which somebody speaks; it ends before the next row. */
async function costsOfOneVoice(): Promise<string> {
  const api = new TestApi(controlUrl());
  const host = await api.guest("Ada");
  const { id } = await api.openSpace(host, "One voice");
  await api.goLive(host, id);
  const voice = await speak("She keeps three jars of plum jam on the top shelf.");
  const speaker = await PairedSpeaker.join(fleet.edgeUrls, id, host.token, voice);
  const listeners = fleet.edgeUrls.map((url) => new WebSocketListener(url, id));
  await sleep(LONG_SETTLE_MS);
  const row = await costs();
  broken += listeners.reduce((sum, { missing }) => sum + missing.length, 0);
  for (const listener of listeners) listener.close();
  speaker.stop();
  await api.call("POST", `/spaces/${id}/end`, host.token);
  return row;
}

function controlUrl(): string {
  let url = "";
  fleet.relay!.watch(STATE_KEYS.service("control-1"), (_, value) => {
    if (isService(value)) url = value.url;
  })();
  return url;
}

async function openSpaces(): Promise<SpaceId[]> {
  const api = new TestApi(controlUrl());
  const ids: SpaceId[] = [];
  await inTurns(SPACES, async (at) => {
    const host = await api.guest("Nobody");
    const { id } = await api.openSpace(host, `Silent ${at}`);
    await api.goLive(host, id);
    ids.push(id);
  });
  return ids;
}

/** For each space how long its listener waits for a second of sound without a hole; undefined: in vain. */
async function firstSounds(ids: readonly SpaceId[]): Promise<(number | undefined)[]> {
  const samples: (number | undefined)[] = [];
  await inTurns(ids.length, async (at) => {
    const fromMs = performance.timeOrigin + performance.now();
    const listener = new WebSocketListener(fleet.edgeUrls[0]!, ids[at]!);
    const untilMs = fromMs + FIRST_SOUND_MS;
    while (listener.frames.length < 50 && performance.timeOrigin + performance.now() < untilMs) {
      await sleep(1);
    }
    const isWhole = listener.frames.length >= 50 && listener.missing.length === 0;
    samples.push(isWhole ? [...listener.arrivalsMs.values()][0]! - fromMs : undefined);
    listener.close();
  });
  return samples;
}

/** Snapshots as control says them, of spaces that no stage has to look after. */
async function standMany(): Promise<void> {
  const relay = fleet.relay!;
  for (let at = 0; at < KNOWN; at += 1) {
    const members = [testMember(newUserId(), { role: "host" }), testMember(), testMember()];
    const space = testSpace({ id: newSpaceId(), state: "scheduled", members });
    relay.put(STATE_KEYS.space(space.id), space, { ephemeral: true });
    if (at % 100 === 0) await relay.flush();
  }
}

async function inTurns(count: number, act: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) {
      next += 1;
      await act(next - 1);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
}
