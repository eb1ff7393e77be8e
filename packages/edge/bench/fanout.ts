/**
 * What a write to one listener costs an edge, against a bare Node server that writes one shared
 * buffer to every socket: same sockets, same bytes, same cadence, in turns, in one run.
 *
 *     npm run bench:fanout [-- --sockets 18000 --cadence 500 --seconds 20 --rounds 2 --protocol ws]
 *
 * Linux only: CPU is read from /proc. About (seconds + 10) x 4 x rounds seconds.
 */
import { parseArgs } from "node:util";
import { type BenchProtocol, PROTOCOLS, SERVERS, type ServerKind } from "./support/message.ts";
import { sum } from "./support/processes.ts";
import { head, positive, row, say, tell } from "./support/table.ts";
import { runTrial, type Trial } from "./support/trial.ts";

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "18000" },
    cadence: { type: "string", default: "500" },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "2" },
    protocol: { type: "string" },
  },
});
const sockets = positive("sockets", values.sockets);
const cadenceMs = positive("cadence", values.cadence);
const seconds = positive("seconds", values.seconds);
const rounds = positive("rounds", values.rounds);
const protocols = PROTOCOLS.filter((it) => values.protocol === undefined || values.protocol === it);
const IN_FLIGHT = 100;

say(`${sockets} sockets, a chunk each ${cadenceMs} ms, ${rounds} rounds of ${seconds} s\n`);
const found = new Map<BenchProtocol, Map<ServerKind, Trial[]>>();
for (const protocol of protocols) found.set(protocol, await inTurns(protocol));
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
  "worst silence ms",
  "closed",
);
for (const [protocol, trials] of found) {
  const floorUs = usPerWrite(trials.get("bare")!);
  for (const kind of SERVERS) report(protocol, kind, trials.get(kind)!, floorUs);
}

/** Every server in turn, in the order turned around each round: drift of the machine cancels out. */
async function inTurns(protocol: BenchProtocol): Promise<Map<ServerKind, Trial[]>> {
  const trials = new Map<ServerKind, Trial[]>(SERVERS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of round % 2 === 0 ? SERVERS : [...SERVERS].reverse()) {
      tell(`${protocol}, round ${round + 1}: ${kind}`);
      const inFlight = IN_FLIGHT;
      const trial = await runTrial({ kind, protocol, sockets, cadenceMs, seconds, inFlight });
      tell(`  ${usPerWrite([trial]).toFixed(2)} us a write`);
      trials.get(kind)!.push(trial);
    }
  }
  return trials;
}

function report(
  protocol: BenchProtocol,
  kind: ServerKind,
  all: readonly Trial[],
  floorUs: number,
): void {
  const us = usPerWrite(all);
  const [writes, time] = [sum(all.map((it) => it.writes)), sum(all.map((it) => it.seconds))];
  row(
    protocol,
    kind,
    us.toFixed(2),
    (us / floorUs).toFixed(3),
    (sum(all.map((it) => it.cpuMs)) / 1_000 / time).toFixed(3),
    (writes / time).toFixed(0),
    (sum(all.map((it) => it.bytes)) / writes).toFixed(0),
    (Math.max(...all.map((it) => it.rssBytes)) / 2 ** 20).toFixed(0),
    ((1e6 / us) * (cadenceMs / 1_000)).toFixed(0),
    (sum(all.map((it) => it.reads)) / writes).toFixed(3),
    Math.max(...all.map((it) => it.silenceMs.max)).toFixed(0),
    sum(all.map((it) => it.closed)),
  );
}

function usPerWrite(trials: readonly Trial[]): number {
  return (sum(trials.map((it) => it.cpuMs)) * 1_000) / sum(trials.map((it) => it.writes));
}
