/**
 * Three times as many as the edges can hold, arriving in ten seconds, while two people talk on stage;
 * then everybody leaves at once and comes back at once. Who got in, who was told where to go and how
 * soon, what silences were heard, and whether the speakers noticed.
 *
 *     npm run bench:overload [-- --edges 3 --mark 400 --hls 40 --times 3 --seconds 10 --minutes 0.5]
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions, RostraProcess, TestApi } from "@rostra/testkit";
import { Conversation, type ReturnReport } from "./overload/conversation.ts";
import { type CrowdRun, markdown, type PhaseReport } from "./overload/table.ts";

const CROWD = fileURLToPath(new URL("../../rehearse/src/main.ts", import.meta.url));
const QUIET_MS = 10_000;
const PLACES_KEPT_MS = 9_000;

const text = { type: "string" } as const;
const values = benchOptions({
  edges: text,
  mark: text,
  hls: text,
  times: text,
  seconds: text,
  minutes: text,
});
const [edges, mark] = [Number(values.edges ?? 3), Number(values.mark ?? 400)];
const [hls, times] = [Number(values.hls ?? 40), Number(values.times ?? 3)];
const [seconds, minutes] = [values.seconds ?? "10", values.minutes ?? "0.5"];
const listeners = edges * mark * times;

const folder = await mkdtemp(join(tmpdir(), "rostra-overload-"));
const ports = await freePorts(edges);
const [home, ...more] = ports.map((port) => `http://127.0.0.1:${port}`);
const rostra = await RostraProcess.start({
  env: {
    PORT: String(ports[0]),
    ROSTRA_EDGES: "1",
    ROSTRA_EDGE_URL: home!,
    ROSTRA_MORE_EDGES: more.join(","),
    ROSTRA_EDGE_LISTENERS: String(mark),
    ROSTRA_EDGE_HLS_LISTENERS: String(hls),
  },
});
try {
  const api = new TestApi(home!);
  const [ada, bo] = [await api.guest("Ada"), await api.guest("Bo")];
  const space = await api.openSpace(ada, "Overload");
  await api.bringOnStage(ada, space.id, bo);
  await api.goLive(ada, space.id);
  const talk = await Conversation.begin(home!, space.id, [ada, bo]);
  await sleep(2_000);
  talk.report();

  const quiet = await phase("nobody listens", talk, () => sleep(QUIET_MS));
  let arrival: CrowdRun | undefined;
  const arriving = await phase(`${listeners} arrive in ${seconds} s`, talk, async () => {
    arrival = await crowd(space.id, ["--ramp", `steady:${seconds}`, "--minutes", minutes]);
  });
  // The edges keep the places of who has gone for a while; these have gone for good.
  await sleep(PLACES_KEPT_MS);
  let comeback: CrowdRun | undefined;
  const returning = await phase("all leave, and come back at once", talk, async () => {
    comeback = await crowd(space.id, ["--ramp", "storm", "--regroup", "--minutes", minutes]);
  });
  await talk.end();
  process.stdout.write(
    markdown({
      edges,
      mark,
      hls,
      phases: [quiet, { ...arriving, crowd: arrival! }, { ...returning, crowd: comeback! }],
    }),
  );
} finally {
  await rostra.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

/** What the stage and its speakers went through while something happened. */
async function phase(
  name: string,
  talk: Conversation,
  happening: () => Promise<unknown>,
): Promise<PhaseReport> {
  const [lateBefore, startedMs] = [await lateTicks(), performance.now()];
  talk.report();
  await happening();
  const speakers: ReturnReport = talk.report();
  const lasted = (performance.now() - startedMs) / 1_000;
  return { name, seconds: lasted, lateTicks: (await lateTicks()) - lateBefore, speakers };
}

/** The crowd of apps/rehearse, as anybody would start it. */
async function crowd(spaceId: string, options: readonly string[]): Promise<CrowdRun> {
  const file = join(folder, `crowd-${performance.now()}.json`);
  const args = [CROWD, "crowd", `${home}/s/${spaceId}`, "--listeners", String(listeners)];
  const child = spawn(process.execPath, [...args, ...options, "--decode", "20", "--json", file], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  await new Promise((resolve) => child.once("exit", resolve));
  return JSON.parse(await readFile(file, "utf8")) as CrowdRun;
}

async function lateTicks(): Promise<number> {
  const metrics = await (await fetch(`${home}/metrics`)).text();
  const line = /^rostra_stage_late_ticks_total(?:\{[^}]*\})? (\d+)/m.exec(metrics);
  return Number(line?.[1] ?? Number.NaN);
}

/** Held all at once, so that no port comes twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
