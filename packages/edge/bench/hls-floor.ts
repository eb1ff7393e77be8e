/**
 * What one HLS request costs: nginx that serves the same playlist and parts as files, which is the floor;
 * an edge; and nginx in front of an edge, as docs/hosting sets it up.
 *
 *     npm run bench:hls-floor [-- --connections 64 --seconds 8 --rounds 2]
 *
 * Kept connections that ask for the playlist and the newest whole parts in turns, one request after the
 * other, without waiting for sound to come. CPU is that of the servers alone, from /proc. About
 * (3 x seconds x rounds + 15) seconds. Linux, with nginx. Ends with 1 where an answer isn't 200.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions, Nginx } from "@rostra/testkit";
import { started } from "./compare/process.ts";
import type { FromServer } from "./support/message.ts";
import { cpuMs, sum } from "./support/processes.ts";
import { head, positive, row, say, tell } from "./support/table.ts";

const values = benchOptions({
  connections: { type: "string", default: "64" },
  seconds: { type: "string", default: "8" },
  rounds: { type: "string", default: "2" },
});
const connections = positive("connections", values.connections);
const seconds = positive("seconds", values.seconds);
const rounds = positive("rounds", values.rounds);
const EDGE = fileURLToPath(new URL("./support/server-main.ts", import.meta.url));
const PARTS = 4;
const WARM_UP_MS = 1_000;

const WAYS = ["nginx, files", "edge", "nginx before the edge"] as const;
type Way = (typeof WAYS)[number];
interface Cost {
  requests: number;
  edgeMs: number;
  nginxMs: number;
}

const order = { kind: "edge", protocol: "ws", cadenceMs: 1_000 };
const { child: edge, first } = await started<Extract<FromServer, { kind: "up" }>>(EDGE, order);
const folder = await mkdtemp(join(tmpdir(), "rostra-hls-"));
let [wrong, isOver] = [0, false];
try {
  // Some segments must be there.
  await sleep(8_000);
  const paths = await copyFiles();
  const files = await Nginx.serve(folder);
  const front = await Nginx.start(first.port);
  const ports = { [WAYS[0]]: files.port, [WAYS[1]]: first.port, [WAYS[2]]: front.port };
  const costs = new Map<Way, Cost>();
  try {
    const nginxPids = [...(await files.workers()), ...(await front.workers())];
    for (let round = 0; round < rounds; round += 1) {
      for (const way of round % 2 === 0 ? WAYS : [...WAYS].reverse()) {
        tell(`round ${round + 1}: ${way}`);
        const cost = await measure(ports[way], paths, nginxPids);
        const before = costs.get(way) ?? { requests: 0, edgeMs: 0, nginxMs: 0 };
        costs.set(way, {
          requests: before.requests + cost.requests,
          edgeMs: before.edgeMs + cost.edgeMs,
          nginxMs: before.nginxMs + cost.nginxMs,
        });
      }
    }
  } finally {
    await Promise.all([files.stop(), front.stop()]);
  }
  report(costs);
} finally {
  edge.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
}
process.exit(wrong === 0 ? 0 : 1);

/** The edge's own bytes as files. @returns what to ask for, in turns */
async function copyFiles(): Promise<string[]> {
  const fetched = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${first.port}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    return bytes.toString("latin1");
  };
  const playlist = `${first.path}/index.m3u8`;
  const names = [...(await fetched(playlist)).matchAll(/EXT-X-PART:[^\n]*URI="([^"]+)"/g)];
  const parts = names.slice(-PARTS).map(([, name]) => `${first.path}/${name}`);
  for (const part of parts) await fetched(part);
  return parts.flatMap((part) => [playlist, part]);
}

async function measure(port: number, paths: string[], nginxPids: number[]): Promise<Cost> {
  isOver = false;
  let requests = 0;
  const callers = Array.from({ length: connections }, (_, at) => {
    return call(port, paths, at, () => {
      requests += 1;
    });
  });
  await sleep(WARM_UP_MS);
  const look = () => ({ edgeMs: cpuMs(edge.pid!), nginxMs: sum(nginxPids.map(cpuMs)), requests });
  const before = look();
  await sleep(seconds * 1_000);
  const after = look();
  isOver = true;
  await Promise.all(callers);
  return {
    requests: after.requests - before.requests,
    edgeMs: after.edgeMs - before.edgeMs,
    nginxMs: after.nginxMs - before.nginxMs,
  };
}

/** One caller: the next request when the answer before is whole, on a new connection where need be. */
async function call(port: number, paths: string[], from: number, onAnswer: () => void) {
  let at = from;
  const nextRequest = () => `GET ${paths[at++ % paths.length]!} HTTP/1.1\r\nHost: bench\r\n\r\n`;
  // nginx ends a connection after a thousand requests.
  while (!isOver) await connection(port, nextRequest, onAnswer);
}

function connection(port: number, nextRequest: () => string, onAnswer: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("connect", () => socket.write(nextRequest()));
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (bytes) => {
      answer = answer.length === 0 ? bytes : Buffer.concat([answer, bytes]);
      const end = answer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const answerHead = answer.toString("latin1", 0, end);
      const length = Number(/content-length: (\d+)/i.exec(answerHead)?.[1]);
      if (!(length >= 0)) reject(new Error(`an answer without a length: ${answerHead}`));
      if (answer.length < end + 4 + length) return;
      if (!answerHead.startsWith("HTTP/1.1 200")) wrong += 1;
      answer = Buffer.alloc(0);
      onAnswer();
      if (isOver || /connection: close/i.test(answerHead)) socket.end();
      else socket.write(nextRequest());
    });
  });
}

function report(costs: ReadonlyMap<Way, Cost>): void {
  say(`${connections} kept connections, playlists and parts in turns, ${seconds} s x ${rounds}\n`);
  head("who answers", "requests/s", "edge: CPU us a request", "nginx: the same", "both", "ratio");
  const us = (ms: number, { requests }: Cost) => (ms * 1_000) / requests;
  const both = (cost: Cost) => us(cost.edgeMs + cost.nginxMs, cost);
  const floor = both(costs.get(WAYS[0])!);
  for (const [way, cost] of costs) {
    row(
      ...[way, (cost.requests / seconds / rounds).toFixed(0)],
      ...[us(cost.edgeMs, cost).toFixed(1), us(cost.nginxMs, cost).toFixed(1)],
      ...[both(cost).toFixed(1), (both(cost) / floor).toFixed(2)],
    );
  }
  say(`\nanswers other than 200: ${wrong}`);
}
