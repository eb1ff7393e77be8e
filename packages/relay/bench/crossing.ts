/**
 * How long a follower should wait for the first stage of a pair before it crosses to the second, and
 * how soon a path that died is noticed and found again. Two NATS servers of the system, two stages in
 * processes of their own; the first is killed (SIGKILL) in each round. What arrived is recorded, and
 * every hold-back is tried on the same recordings.
 *
 *     npm run bench:crossing [-- --rounds 6 --seconds 4]
 *
 * About 75 seconds. Ends with 1 where a number was lost or came twice at the hold-back that is used.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions, NatsServer } from "@rostra/testkit";
import { newSpaceId, type SpaceId, systemClock } from "@rostra/wire";
import type { Bus } from "../src/fleet/bus.ts";
import { decodeFrames } from "../src/fleet/message.ts";
import { connectNats, joinFleet, type Relay } from "../src/index.ts";
import { CROSS_AFTER_MS } from "../src/merge/line-merge.ts";
import { type Arrival, type Outcome, replay } from "./crossing/replay.ts";

const values = benchOptions({
  rounds: { type: "string", default: "6" },
  seconds: { type: "string", default: "4" },
});
const STAGE = fileURLToPath(new URL("./crossing/stage-main.ts", import.meta.url));
const HOLD_BACKS_MS = [20, CROSS_AFTER_MS, 60, 80, 120];
const say = (line: string) => process.stdout.write(`${line}\n`);

const servers = [await NatsServer.start(), await NatsServer.start()];
const urls = servers.map(({ url }) => url);
let worst = 0;
try {
  worst = await crossings();
  await paths();
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}
process.exitCode = worst > 0 ? 1 : 0;

/** @returns numbers that were lost or came twice at the hold-back that is used */
async function crossings(): Promise<number> {
  const buses = await connectNats(urls.map((url) => ({ servers: [url] })));
  const recordings: { arrivals: Arrival[]; killedAtMs: number }[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    recordings.push(await record(buses, newSpaceId()));
  }
  await Promise.all(buses.map((bus) => bus.close()));
  const seconds = recordings.length * Number(values.seconds);
  say(
    `| hold-back, ms | needless crossings in ${seconds} s | longest wait for a frame, ms: median, most of ${recordings.length} kills | lost | twice |`,
  );
  say("|---|---|---|---|---|");
  let wrong = 0;
  for (const holdBackMs of HOLD_BACKS_MS) {
    const all = recordings.map((each) => replay(each.arrivals, each.killedAtMs, holdBackMs));
    const sum = (of: (outcome: Outcome) => number) => all.reduce((total, it) => total + of(it), 0);
    const [lost, twice] = [sum(({ missing }) => missing), sum((it) => it.twice)];
    if (holdBackMs === CROSS_AFTER_MS) wrong = lost + twice;
    const waits = all.map(({ longestWaitMs }) => longestWaitMs).sort((a, b) => a - b);
    const [median, most] = [waits[Math.floor(waits.length / 2)]!, waits.at(-1)!];
    say(
      `| ${holdBackMs} | ${sum(({ needless }) => needless)} | ${median.toFixed(0)}, ${most.toFixed(0)} | ${lost} | ${twice} |`,
    );
  }
  return wrong;
}

async function record(buses: readonly Bus[], spaceId: SpaceId) {
  const arrivals: Arrival[] = [];
  const unsubscribes = buses.flatMap((bus) =>
    [false, true].map((second) =>
      bus.subscribe(`crossing.${second ? "second" : "frames"}.${spaceId}`, (bytes) => {
        const source = { term: 0, second };
        arrivals.push({ atMs: performance.now(), frames: decodeFrames(bytes) ?? [], source });
      }),
    ),
  );
  const epoch = String(Math.floor(systemClock.nowMs()) - 60_000);
  const common = ["--nats", urls.join(" "), "--space", spaceId, "--epoch", epoch];
  const [first, second] = [
    stage([...common, "--name", "one"]),
    stage([...common, "--name", "two", "--second"]),
  ];
  const isHeard = (isSecond: boolean) => arrivals.some(({ source }) => source.second === isSecond);
  while (!isHeard(false) || !isHeard(true)) await sleep(20);
  arrivals.length = 0;
  await sleep(Number(values.seconds) * 1_000 + Math.random() * 20);
  const killedAtMs = performance.now();
  await end(first);
  await sleep(1_500);
  await end(second);
  for (const unsubscribe of unsubscribes) unsubscribe();
  return { arrivals, killedAtMs };
}

function stage(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [STAGE, ...args], { stdio: ["ignore", "inherit", "inherit"] });
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Both servers stop and go on; then one is killed and started again. */
async function paths(): Promise<void> {
  const join = async (name: string) =>
    joinFleet({ buses: await connectNats(urls.map((url) => ({ servers: [url] }))), name });
  const [speaker, ear] = [await join("speaker"), await join("ear")];
  const heard = followFrames(speaker, ear);
  const reach: number[] = [];
  ear.onReach(() => reach.push(performance.now()));
  await heard.next();
  const stoppedAtMs = performance.now();
  for (const server of servers) server.pause();
  while (reach.length < 2) await sleep(5);
  const noticedMs = reach.at(-1)! - stoppedAtMs;
  await sleep(3_000);
  const onAtMs = performance.now();
  for (const server of servers) server.resume();
  const afterStopMs = (await heard.next()) - onAtMs;
  await Promise.all(servers.map((server) => server.kill()));
  await sleep(3_000);
  await servers[0]!.restart();
  const upAtMs = performance.now();
  const afterKillMs = (await heard.next()) - upAtMs;
  say("");
  say(
    "| all paths at once | noticed after, ms | a frame is heard again after the first is back, ms |",
  );
  say("|---|---|---|");
  say(`| stopped (SIGSTOP) for 3 s | ${noticedMs.toFixed(0)} | ${afterStopMs.toFixed(0)} |`);
  say(`| killed for 3 s | at once | ${afterKillMs.toFixed(0)} |`);
  heard.end();
  await Promise.all([speaker.close(), ear.close()]);
  await servers[1]!.restart();
}

/** One side says a frame each 20 ms, the other hears them. */
function followFrames(speaker: Relay, ear: Relay) {
  const spaceId = newSpaceId();
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    speaker.publishFrames(spaceId, [{ number, packet: Uint8Array.of(0xf8), holding: false }]);
  }, 20);
  let wake: (atMs: number) => void = () => {};
  ear.follow(spaceId, { take: () => wake(performance.now()) });
  return {
    /** When the next frame is heard, ms. */
    next: () => new Promise<number>((resolve) => (wake = resolve)),
    end: () => clearInterval(timer),
  };
}
