/**
 * What a kill -9 of an edge costs its listeners: each comes back by itself with the SDK's own
 * connection and asks for what it missed. All are counted by number; a sample decodes and plays with the
 * SDK's own player. Every edge is killed in turn, so that each listener is dropped at least once.
 *
 *     npm run bench:catch-up [-- listeners [sample]]
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LoopingSpeaker, RostraProcess, speak, TestApi } from "@rostra/testkit";
import type { Account } from "./catch-up/listener.ts";

const LISTENERS = Number(process.argv[2] ?? 5_000);
const SAMPLE = Number(process.argv[3] ?? 20);
const PER_PROCESS = 2_500;
const JOIN_LIMIT_MS = 120_000;
const BEFORE_MS = 5_000;
/** From a kill until everything is counted: two seconds are caught up in ten. */
const AFTER_MS = 25_000;
const EDGES = ["edge-1", "edge-2"];
const CROWD = fileURLToPath(new URL("./catch-up/crowd.ts", import.meta.url));

const HEAD = [
  "| killed | listeners | dropped | answered p50 | back p50 | back p99 | last | attempts each | frames missing | repeated | sample | dropped | frames played | out of order, twice or left out | concealed | behind live now |",
  "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
];

interface Answer {
  readonly accounts?: readonly Account[];
  readonly listening?: number;
}

const rostra = await RostraProcess.start({
  env: { ROSTRA_RATE_LIMITS: "off", ROSTRA_EDGES: String(EDGES.length) },
});
const api = new TestApi(rostra.url);
const ada = await api.guest("Ada");
const space = await api.openSpace(ada, "Catch-up");
const voice = await speak("One two three four five six seven eight nine ten eleven twelve.");
const whipUrl = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
const speaker = await LoopingSpeaker.join(whipUrl, ada.token, voice);
await api.setMuted(ada, space.id, ada, false);
await api.goLive(ada, space.id);
await sleep(2_000);

const parts = Math.ceil(LISTENERS / PER_PROCESS);
const crowd = Array.from({ length: parts }, (_, part) => {
  const share = (total: number) =>
    Math.floor((total * (part + 1)) / parts) - Math.floor((total * part) / parts);
  const args = [rostra.url, space.id, share(LISTENERS), share(SAMPLE), part].map(String);
  return fork(CROWD, args);
});
try {
  await everybodyListens();
  process.stdout.write(`${HEAD.join("\n")}\n`);
  let before = await accounts();
  for (const edge of EDGES) {
    await sleep(BEFORE_MS);
    rostra.kill(edge);
    await sleep(AFTER_MS);
    const after = await accounts();
    process.stdout.write(`${row(edge, before, after)}\n`);
    before = after;
  }
} finally {
  for (const child of crowd) child.disconnect();
  await speaker.leave();
  await rostra.stop();
}
process.exit(0);

async function ask(child: ChildProcess, what: "account" | "listening"): Promise<Answer> {
  const answer = once(child, "message");
  child.send(what);
  return (await answer)[0] as Answer;
}

async function accounts(): Promise<Account[]> {
  const answers = await Promise.all(crowd.map((child) => ask(child, "account")));
  return answers.flatMap((answer) => [...(answer.accounts ?? [])]);
}

async function everybodyListens(): Promise<void> {
  for (const limitMs = performance.now() + JOIN_LIMIT_MS; performance.now() < limitMs; ) {
    const answers = await Promise.all(crowd.map((child) => ask(child, "listening")));
    if (answers.reduce((sum, { listening = 0 }) => sum + listening, 0) === LISTENERS) return;
    await sleep(500);
  }
  process.stderr.write("not everybody could join\n");
}

/** One kill as a line of the table. */
function row(edge: string, before: readonly Account[], after: readonly Account[]): string {
  const dropped = after.filter((it, i) => it.drops > before[i]!.drops);
  const answeredMs = ascending(dropped.map((it) => it.answeredAfterMs));
  const backMs = ascending(dropped.map((it) => it.backAfterMs));
  const sum = (of: (it: Account) => number, from: readonly Account[] = after) =>
    from.reduce((total, it) => total + of(it), 0);
  const ears = after.filter(({ ear }) => ear !== null);
  const droppedEars = dropped.filter(({ ear }) => ear !== null);
  const behindMs = Math.max(0, ...ears.map(({ ear }) => ear!.behindMs));
  const cells = [
    edge,
    after.length,
    dropped.length,
    percentile(answeredMs, 0.5),
    percentile(backMs, 0.5),
    percentile(backMs, 0.99),
    percentile(backMs, 1),
    ((sum((it) => it.attempts) - sum((it) => it.attempts, before)) / dropped.length).toFixed(1),
    sum((it) => it.missing) - sum((it) => it.missing, before),
    sum((it) => it.repeated) - sum((it) => it.repeated, before),
    ears.length,
    droppedEars.length,
    sum(({ ear }) => ear?.frames ?? 0) - sum(({ ear }) => ear?.frames ?? 0, before),
    sum(({ ear }) => ear?.wrong ?? 0) - sum(({ ear }) => ear?.wrong ?? 0, before),
    sum(({ ear }) => ear?.lost ?? 0) - sum(({ ear }) => ear?.lost ?? 0, before),
    `${behindMs.toFixed(0)} ms at most`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Who never came back counts as forever. */
function ascending(ms: readonly (number | null)[]): number[] {
  return ms.map((it) => it ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
}

/** Nearest rank. @param share 0 to 1 */
function percentile(sortedMs: readonly number[], share: number): string {
  const index = Math.min(sortedMs.length - 1, Math.floor(share * sortedMs.length));
  return `${(sortedMs[index] ?? Number.NaN).toFixed(0)} ms`;
}
