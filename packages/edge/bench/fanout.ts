/**
 * What a write to one listener costs an edge, against a bare Node server that writes one shared
 * buffer to every socket: same sockets, same bytes, same cadence, in turns, in one run.
 *
 *     npm run bench:fanout [-- --sockets 18000 --cadence 500 --seconds 20 --rounds 2 --protocol ws]
 *
 * With --tls the edge and a bare Node `tls` server speak TLS, with the bare server without it as the
 * floor of both; best with --sockets 4000, for the crowd decrypts on the same machine.
 *
 * Linux only: CPU is read from /proc. About (seconds + 10) x 4 x rounds seconds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchOptions, selfSigned } from "@rostra/testkit";
import { type BenchProtocol, PROTOCOLS, SERVERS } from "./support/message.ts";
import { sum } from "./support/processes.ts";
import { head, positive, row, say, tell } from "./support/table.ts";
import { runTrial, type Trial } from "./support/trial.ts";

const values = benchOptions({
  sockets: { type: "string", default: "18000" },
  cadence: { type: "string", default: "500" },
  seconds: { type: "string", default: "20" },
  rounds: { type: "string", default: "2" },
  protocol: { type: "string" },
  tls: { type: "boolean", default: false },
});
const sockets = positive("sockets", values.sockets);
const cadenceMs = positive("cadence", values.cadence);
const seconds = positive("seconds", values.seconds);
const rounds = positive("rounds", values.rounds);
const protocols = PROTOCOLS.filter((it) => values.protocol === undefined || values.protocol === it);
const IN_FLIGHT = 100;
const folder = mkdtempSync(join(tmpdir(), "rostra-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
const tls = values.tls ? await selfSigned(folder) : undefined;
/** What is measured beside each other: the first is the floor. */
const VARIANTS = values.tls
  ? ([
      { name: "bare", kind: "bare" },
      { name: "bare tls", kind: "bare", tls },
      { name: "edge tls", kind: "edge", tls },
    ] as const)
  : SERVERS.map((kind) => ({ name: kind, kind, tls: undefined }));
type Variant = (typeof VARIANTS)[number];

say(`${sockets} sockets, a chunk each ${cadenceMs} ms, ${rounds} rounds of ${seconds} s\n`);
const found = new Map<BenchProtocol, Map<Variant, Trial[]>>();
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
  const floorUs = usPerWrite(trials.get(VARIANTS[0]!)!);
  for (const variant of VARIANTS) report(protocol, variant.name, trials.get(variant)!, floorUs);
}

/** Every server in turn, in the order turned around each round: drift of the machine cancels out. */
async function inTurns(protocol: BenchProtocol): Promise<Map<Variant, Trial[]>> {
  const trials = new Map<Variant, Trial[]>(VARIANTS.map((it) => [it, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of round % 2 === 0 ? VARIANTS : [...VARIANTS].reverse()) {
      tell(`${protocol}, round ${round + 1}: ${variant.name}`);
      const inFlight = IN_FLIGHT;
      const trial = await runTrial({ ...variant, protocol, sockets, cadenceMs, seconds, inFlight });
      tell(`  ${usPerWrite([trial]).toFixed(2)} us a write`);
      trials.get(variant)!.push(trial);
    }
  }
  return trials;
}

function report(
  protocol: BenchProtocol,
  name: string,
  all: readonly Trial[],
  floorUs: number,
): void {
  const us = usPerWrite(all);
  const [writes, time] = [sum(all.map((it) => it.writes)), sum(all.map((it) => it.seconds))];
  row(
    protocol,
    name,
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
