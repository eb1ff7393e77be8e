/**
 * What a write to one listener costs an edge, against a bare Node server that writes one shared
 * buffer to every socket: same sockets, same bytes, same cadence, in turns, in one run.
 *
 *     npm run bench:fanout [-- --sockets 18000 --cadence 500 --seconds 20 --rounds 2]
 *     npm run bench:fanout -- --storm     all at once: joins a second, time to first sound
 *     npm run bench:fanout -- --law       the cost of a listener at several sizes of crowd
 *
 * The edge is kept at the cadence by a clock that wakes it only so often. Linux only: CPU is read
 * from /proc. One process holds at most 18,000 sockets here.
 */
import { parseArgs } from "node:util";
import { type BenchProtocol, PROTOCOLS, SERVERS, type ServerKind } from "./support/message.ts";
import { runTrial, type Trial, type TrialOptions } from "./support/trial.ts";

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "18000" },
    cadence: { type: "string", default: "500" },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "2" },
    protocol: { type: "string" },
    storm: { type: "boolean", default: false },
    law: { type: "boolean", default: false },
  },
});
const [sockets, cadenceMs] = [Number(values.sockets), Number(values.cadence)];
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const protocols = PROTOCOLS.filter((it) => values.protocol === undefined || values.protocol === it);
/** Under way at once: in a storm as many as load generators commonly have, else a steady stream. */
const IN_FLIGHT = { storm: 1_000, steady: 100 } as const;
const LAW_SIZES = [1_000, 4_000, 16_000];

const say = (line: string) => void process.stdout.write(`${line}\n`);
const row = (...cells: string[]) => say(`| ${cells.join(" | ")} |`);
const head = (...cells: string[]) => {
  row(...cells);
  row(...cells.map(() => "---"));
};

if (!(sockets > 0 && cadenceMs >= 20 && cadenceMs % 20 === 0 && seconds > 0 && rounds > 0)) {
  say("--sockets, --seconds and --rounds are above 0; --cadence is a multiple of 20 ms");
  process.exit(1);
}
if (values.storm) await storm();
else if (values.law) await law();
else await fanout();

function trial(kind: ServerKind, protocol: BenchProtocol, change: Partial<TrialOptions> = {}) {
  const inFlight = values.storm ? IN_FLIGHT.storm : IN_FLIGHT.steady;
  return runTrial({ kind, protocol, sockets, cadenceMs, seconds, inFlight, ...change });
}

/** Every server in turn, in the order turned around each round: drift of the machine cancels out. */
async function inTurns(protocol: BenchProtocol): Promise<Map<ServerKind, Trial[]>> {
  const found = new Map<ServerKind, Trial[]>(SERVERS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? SERVERS : [...SERVERS].reverse();
    for (const kind of order) found.get(kind)!.push(await trial(kind, protocol));
  }
  return found;
}

async function fanout(): Promise<void> {
  say(`${sockets} sockets, a chunk each ${cadenceMs} ms, ${rounds} rounds of ${seconds} s\n`);
  head(
    "protocol",
    "server",
    "us a write",
    "ratio",
    "cores",
    "writes/s",
    "bytes/write",
    "RSS MB",
    "listeners a core",
    "read/written",
    "beats missed",
    "closed",
  );
  for (const protocol of protocols) {
    const trials = await inTurns(protocol);
    const floorUs = usPerWrite(trials.get("bare")!);
    for (const kind of SERVERS) {
      const all = trials.get(kind)!;
      const us = usPerWrite(all);
      const [writes, time] = [sum(all, (it) => it.writes), sum(all, (it) => it.seconds)];
      row(
        protocol,
        kind,
        us.toFixed(2),
        (us / floorUs).toFixed(3),
        (sum(all, (it) => it.cpuMs) / 1_000 / time).toFixed(3),
        (writes / time).toFixed(0),
        (sum(all, (it) => it.bytes) / writes).toFixed(0),
        (Math.max(...all.map((it) => it.rssBytes)) / 2 ** 20).toFixed(0),
        ((1e6 / us) * (cadenceMs / 1_000)).toFixed(0),
        (sum(all, (it) => it.reads) / writes).toFixed(3),
        // Fewer writes than beats: the process came too late for some, and made longer chunks.
        `${(100 * (1 - writes / (time * sockets * (1_000 / cadenceMs)))).toFixed(1)}%`,
        String(sum(all, (it) => it.closed)),
      );
    }
  }
}

async function storm(): Promise<void> {
  say(`${sockets} at once, ${IN_FLIGHT.storm} under way, ${rounds} rounds, WebSocket\n`);
  head("server", "joins/s", "first sound p50 ms", "p99 ms", "max ms", "tried again", "closed");
  const rates = new Map<ServerKind, number[]>(SERVERS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of round % 2 === 0 ? SERVERS : [...SERVERS].reverse()) {
      const found = await trial(kind, "ws", { seconds: 1 });
      rates.get(kind)!.push(found.joinsPerSecond);
      const sorted = [...found.firstSoundMs].sort((a, b) => a - b);
      const at = (share: number) =>
        (
          sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
        ).toFixed(0);
      const times = [at(0.5), at(0.99), at(1)];
      row(
        kind,
        found.joinsPerSecond.toFixed(0),
        ...times,
        String(found.again),
        String(found.closed),
      );
    }
  }
  const best = (kind: ServerKind) => Math.max(...rates.get(kind)!);
  say(
    `\njoins/s of the edge, as a share of the bare server's: ${(best("edge") / best("bare")).toFixed(2)}`,
  );
}

async function law(): Promise<void> {
  say(`What a listener costs an edge, a chunk each ${cadenceMs} ms, ${seconds} s\n`);
  head(
    "protocol",
    "listeners",
    "CPU us a listener-second",
    "us a write",
    "bytes a listener-second",
    "RSS KB a listener",
  );
  const sizes = [...new Set([...LAW_SIZES.filter((size) => size < sockets), sockets])];
  for (const protocol of protocols) {
    for (const size of sizes) {
      const found = await trial("edge", protocol, { sockets: size });
      const listenerSeconds = size * found.seconds;
      row(
        protocol,
        String(size),
        ((found.cpuMs * 1_000) / listenerSeconds).toFixed(2),
        usPerWrite([found]).toFixed(2),
        (found.bytes / listenerSeconds).toFixed(0),
        (found.crowdRssBytes / 1_024 / size).toFixed(2),
      );
    }
  }
}

function usPerWrite(trials: readonly Trial[]): number {
  return (sum(trials, (it) => it.cpuMs) * 1_000) / sum(trials, (it) => it.writes);
}

function sum(trials: readonly Trial[], value: (trial: Trial) => number): number {
  return trials.reduce((total, each) => total + value(each), 0);
}
