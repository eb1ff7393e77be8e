/**
 * A million malformed or hostile requests, with real listeners beside them: does the edge stay up,
 * keep its memory, and does anybody hear of it?
 *
 *     npm run bench:hostile [-- --requests 1000000 --over-sockets 0.4 --listeners 200 --seed 1]
 *
 * Ends with 1 where a process died, an edge logged an error or answered 500, a listener lost a frame
 * or waited more than two seconds, or memory grew by more than a tenth in the second half.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions } from "@rostra/testkit";
import type { FromHostileServer, Hearing } from "./hostile/message.ts";
import { abuseParsers } from "./hostile/parsers.ts";
import { SeededRandom } from "./hostile/random.ts";
import { type Answers, abuseSockets } from "./hostile/sockets.ts";

const values = benchOptions({
  requests: { type: "string", default: "1000000" },
  "over-sockets": { type: "string", default: "0.4" },
  listeners: { type: "string", default: "200" },
  seed: { type: "string", default: "1" },
});
const [requests, listeners] = [Number(values.requests), Number(values.listeners)];
const overSockets = Math.round(requests * Number(values["over-sockets"]));
const SERVER = fileURLToPath(new URL("./hostile/server-main.ts", import.meta.url));
const LISTENERS = fileURLToPath(new URL("./hostile/listeners-main.ts", import.meta.url));
/** Memory is looked at after each of so many parts; in the first half it may still fill up. */
const PARTS = 6;
/** A cadence under load, and a look at memory, which stops the edge for a moment. */
const MAX_SILENCE_MS = 2_000;
const MAX_GROWTH = 1.1;
/** What the edge gets to let go of the last callers, ms: longer than a farewell. */
const SETTLE_MS = 4_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const random = new SeededRandom(Number(values.seed));
const children: ChildProcess[] = [];

function start(program: string, args: readonly string[]): ChildProcess {
  const child = fork(program, [...args], { execArgv: ["--expose-gc"] });
  children.push(child);
  return child;
}

/** The next message. Rejects where the process ends instead: that is what this looks for. */
function next<M>(child: ChildProcess): Promise<M> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as M);
    });
  });
}

function ask<M>(child: ChildProcess): Promise<M> {
  const answer = next<M>(child);
  child.send("report");
  return answer;
}

type Memory = Extract<FromHostileServer, { kind: "memory" }>;
const memoryOf = (server: ChildProcess) => ask<Memory>(server);
const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

async function main(): Promise<boolean> {
  const server = start(SERVER, []);
  const { port, live } = await next<Extract<FromHostileServer, { kind: "up" }>>(server);
  const crowd = start(LISTENERS, [JSON.stringify({ port, live, listeners })]);
  await sleep(SETTLE_MS);

  const beganMs = performance.now();
  abuseParsers(random, requests - overSockets);
  const parsedMs = performance.now() - beganMs;
  const memory: Memory[] = [];
  const answers: Answers = { sent: 0, connections: 0, byStatus: new Map(), closed: 0 };
  let socketsMs = 0;
  for (let part = 0; part < PARTS; part += 1) {
    const partBeganMs = performance.now();
    await abuseSockets(random, { port, live }, overSockets / PARTS, answers);
    socketsMs += performance.now() - partBeganMs;
    await sleep(SETTLE_MS);
    memory.push(await memoryOf(server));
  }
  const [middle, after] = [memory[PARTS / 2 - 1]!, memory[PARTS - 1]!];
  const hearing = await ask<Hearing>(crowd);

  say(
    `seed ${values.seed}: ${requests - overSockets} into the parsers in ${(parsedMs / 1e3).toFixed(1)} s,`,
  );
  say(
    `${overSockets} over sockets (${(answers.sent / socketsMs).toFixed(1)} a ms, ${answers.connections} connections)\n`,
  );
  const statuses = [...answers.byStatus].sort().map(([status, count]) => `${status}: ${count}`);
  say(`answers: ${statuses.join(", ")}; connections closed by the edge: ${answers.closed}`);
  say(`RSS after gc, MB: ${memory.map((each) => mb(each.rssBytes)).join(", ")}`);
  say(`heap after gc, MB: ${memory.map((each) => mb(each.heapBytes)).join(", ")}`);
  say(
    `${hearing.listeners} listeners: worst silence ${hearing.worstSilenceMs.toFixed(0)} ms, ${hearing.missing} gaps in ${hearing.frames} frames, ${hearing.closed} closed`,
  );
  say(`errors logged: ${after.errors}`);

  const faults = [
    answers.byStatus.has("500") && "answered 500",
    after.errors > 0 && "errors were logged",
    hearing.worstSilenceMs > MAX_SILENCE_MS && "somebody heard a silence",
    hearing.missing + hearing.closed > 0 && "somebody lost frames, or all",
    hearing.frames === 0 && "nobody listened",
    after.rssBytes > middle.rssBytes * MAX_GROWTH && "RSS grew",
    after.heapBytes > middle.heapBytes * MAX_GROWTH && "the heap grew",
  ].filter((fault) => fault !== false);
  say(
    faults.length === 0 ? "no crash, no leak, nobody disturbed" : `NOT GOOD: ${faults.join("; ")}`,
  );
  return faults.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
}
