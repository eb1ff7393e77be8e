/**
 * Everybody at once: how many an edge lets in a second and how soon each hears something, against a
 * bare Node server that answers a connection's first bytes with a head and writes the next chunk.
 * In turns, in one run; then the same while as many listen already.
 *
 *     npm run bench:storm [-- --sockets 18000 --seated 18000 --cadence 500 --rounds 2]
 *
 * Where storm and seated together are more than a process may hold sockets, both kinds of server
 * run as several processes, each with its share. About two minutes a round.
 */
import { parseArgs } from "node:util";
import { SERVERS, type ServerKind } from "./support/message.ts";
import { sum } from "./support/processes.ts";
import { head, percentile, positive, row, say, tell } from "./support/table.ts";
import { runTrial, type Trial } from "./support/trial.ts";

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "18000" },
    seated: { type: "string" },
    cadence: { type: "string", default: "500" },
    rounds: { type: "string", default: "2" },
  },
});
const sockets = positive("sockets", values.sockets);
const cadenceMs = positive("cadence", values.cadence);
const rounds = positive("rounds", values.rounds);
/** Under way at once: what load generators commonly have. */
const IN_FLIGHT = 1_000;
const SECONDS = 1;

say(`${sockets} at once, ${IN_FLIGHT} under way, ${rounds} rounds, WebSocket\n`);
const cases = [0, values.seated === "0" ? 0 : positive("seated", values.seated ?? values.sockets)];
const tables = new Map<number, Map<ServerKind, Trial[]>>();
for (const seated of new Set(cases)) tables.set(seated, await inTurns(seated));
head(
  "listening already",
  "server",
  "processes",
  "joins/s",
  "CPU us a join",
  "first sound p50 ms",
  "p99 ms",
  "max ms",
  "tried again",
  "lost",
);
for (const [seated, trials] of tables) {
  for (const kind of SERVERS) for (const trial of trials.get(kind)!) report(seated, kind, trial);
}
for (const [seated, trials] of tables) {
  const mean = (kind: ServerKind) =>
    sum(trials.get(kind)!.map((it) => it.joinsPerSecond)) / trials.get(kind)!.length;
  const ratio = (mean("edge") / mean("bare")).toFixed(2);
  say(`\nwith ${seated} listening: joins/s of the edge, as a share of the bare server's: ${ratio}`);
}

async function inTurns(seated: number): Promise<Map<ServerKind, Trial[]>> {
  const trials = new Map<ServerKind, Trial[]>(SERVERS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of round % 2 === 0 ? SERVERS : [...SERVERS].reverse()) {
      tell(`${seated} listening, round ${round + 1}: ${kind}`);
      const fixed = { protocol: "ws", cadenceMs, seconds: SECONDS, inFlight: IN_FLIGHT } as const;
      const trial = await runTrial({ ...fixed, kind, sockets, seated });
      tell(`  ${trial.joinsPerSecond.toFixed(0)} joins/s`);
      trials.get(kind)!.push(trial);
    }
  }
  return trials;
}

function report(seated: number, kind: ServerKind, trial: Trial): void {
  row(
    seated,
    kind,
    trial.servers,
    trial.joinsPerSecond.toFixed(0),
    ((trial.arrivalCpuMs * 1_000) / trial.sockets).toFixed(0),
    percentile(trial.firstSoundMs, 0.5).toFixed(0),
    percentile(trial.firstSoundMs, 0.99).toFixed(0),
    percentile(trial.firstSoundMs, 1).toFixed(0),
    trial.again,
    trial.closed,
  );
}
