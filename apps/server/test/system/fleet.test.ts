import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FleetProcess,
  freeTcpPort,
  LoopingSpeaker,
  NatsServer,
  PostgresServer,
  speakLoop,
  TestApi,
  WebSocketListener,
} from "@rostra/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

// Every role in a process of its own, found through two NATS servers that know nothing of each
// other, with spaces in a real PostgreSQL.

const WITHIN = { timeout: 15_000, interval: 20 };

let folder: string;
let nats: NatsServer[];
let postgres: PostgresServer;
let control: FleetProcess;
const processes: FleetProcess[] = [];
const edgeUrls: string[] = [];

function env(): Record<string, string> {
  return { ROSTRA_NATS_URLS: nats.map(({ url }) => url).join(" "), ROSTRA_DATA: folder };
}

async function startControl(): Promise<void> {
  control = await FleetProcess.start("control", {
    ...env(),
    ROSTRA_NAME: "control-1",
    ROSTRA_DATABASE_URL: postgres.url,
  });
  processes.push(control);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-fleet-"));
  [nats, postgres] = await Promise.all([
    Promise.all([NatsServer.start(), NatsServer.start()]),
    PostgresServer.start(),
  ]);
  await startControl();
  processes.push(await FleetProcess.start("stage", { ...env(), ROSTRA_NAME: "stage-1" }));
  for (const name of ["edge-1", "edge-2"]) {
    const port = String(await freeTcpPort());
    processes.push(await FleetProcess.start("edge", { ...env(), ROSTRA_NAME: name, PORT: port }));
    edgeUrls.push(`http://127.0.0.1:${port}`);
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop()));
  await Promise.all([...nats.map((server) => server.stop()), postgres.stop()]);
  await rm(folder, { recursive: true });
});

it("carries a voice from one edge's speaker to the other's listener, whatever of it is killed", async () => {
  const api = new TestApi(edgeUrls[0]!);
  const host = await api.guest("Ada");
  const space = await api.openSpace(host, "Across the fleet");
  await api.goLive(host, space.id);
  const voice = await speakLoop("Kill anything, and nobody hears it, not even for a moment.", 3);
  const whip = `${edgeUrls[0]}/api/v1/spaces/${space.id}/whip`;
  const ada = await LoopingSpeaker.join(whip, host.token, voice);
  const listener = new WebSocketListener(edgeUrls[1]!, space.id);
  const heard = (count: number) => {
    const from = listener.latestFrame ?? 0;
    return expect.poll(() => (listener.latestFrame ?? 0) - from, WITHIN).toBeGreaterThan(count);
  };
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
  listener.forget();

  await nats[0]!.kill();
  await heard(50);
  await nats[0]!.restart();
  // The first one must be found again before the other goes.
  await heard(75);
  await nats[1]!.kill();
  await heard(50);
  await postgres.kill();
  await control.kill();
  await heard(100);
  await postgres.restart();
  await startControl();
  await expect
    .poll(() => new TestApi(edgeUrls[1]!).space(space.id), WITHIN)
    .toMatchObject({
      id: space.id,
      state: "live",
    });
  await heard(25);
  await nats[1]!.restart();
  await api.setMuted(host, space.id, host, true);
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(true);

  // Up to the mute it was the voice, each frame of it once.
  const firstHolding = listener.frames.findIndex(({ holding }) => holding);
  expect(listener.frames.slice(firstHolding).every(({ holding }) => holding)).toBe(true);
  expect(firstHolding).toBeGreaterThan(300);
  expect([listener.missing, listener.repeated, listener.closeCode]).toEqual([[], [], undefined]);

  // With no path left the edge holds and says so; the first that is back is enough.
  await api.setMuted(host, space.id, host, false);
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
  listener.forget();
  const isStageUp = () => listener.events.findLast(({ type }) => type === "stage");
  await Promise.all(nats.map((server) => server.kill()));
  await expect.poll(isStageUp, WITHIN).toMatchObject({ stage: { up: false } });
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(true);
  await nats[1]!.restart();
  await expect.poll(isStageUp, WITHIN).toMatchObject({ stage: { up: true } });
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
  expect([listener.missing, listener.repeated, listener.closeCode]).toEqual([[], [], undefined]);
  await nats[0]!.restart();
  listener.close();
  await ada.leave();
}, 60_000);

it("counts what alerts and dashboards ask of its relay", async () => {
  const metrics = async () => (await fetch(`${edgeUrls[0]}/metrics`)).text();
  const page = await metrics();
  const known = new Set([...page.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!));
  const asked = await Promise.all(
    ["prometheus/rostra.rules.yaml", "grafana/rostra.json"].map((file) =>
      readFile(new URL(`../../../../deploy/${file}`, import.meta.url), "utf8"),
    ),
  );
  const names = new Set(asked.join(" ").match(/\brostra_relay_\w+/g));
  expect(names.size).toBeGreaterThan(4);
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
  // Each process on the page tells of each path.
  for (const process of ["control-1", "stage-1", "edge-1", "edge-2"]) {
    const sample = `rostra_relay_path_up{process="${process}",path="${nats[0]!.url}"} 1`;
    await expect.poll(metrics, WITHIN).toContain(sample);
  }
});

it("refuses a second process under a name that is taken, in one line", async () => {
  const second = FleetProcess.start("stage", { ...env(), ROSTRA_NAME: "stage-1" });
  await expect(second).rejects.toThrow(/rostra: a process named stage-1 is in this fleet already/);
}, 30_000);
