/**
 * Everybody at once: how many an edge lets in a second and how soon each hears something, against a
 * bare Node server that answers a connection's first bytes with a head and writes the next chunk, and
 * against one that also writes each newcomer a second of sound, as an edge does. In turns, in one run;
 * then the same while as many listen already.
 *
 *     npm run bench:storm [-- --sockets 18000 --seated 18000 --cadence 500 --rounds 2]
 *
 * Where storm and seated together are more than a process may hold sockets, both kinds of server
 * run as several processes, each with its share. About three minutes a round.
 */
import { parseArgs } from "node:util";
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
/** By what stands in the table. */
const SERVERS = {
  bare: { kind: "bare" },
  "bare, greets": { kind: "bare", greets: true },
  edge: { kind: "edge" },
} as const;
type Server = keyof typeof SERVERS;
const NAMES = Object.keys(SERVERS) as Server[];

say(`${sockets} at once, ${IN_FLIGHT} under way, ${rounds} rounds, WebSocket\n`);
const cases = [0, values.seated === "0" ? 0 : positive("seated", values.seated ?? values.sockets)];
const tables = new Map<number, Map<Server, Trial[]>>();
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
  for (const name of NAMES) for (const trial of trials.get(name)!) report(seated, name, trial);
}
for (const [seated, trials] of tables) {
  const mean = (name: Server) =>
    sum(trials.get(name)!.map((it) => it.joinsPerSecond)) / trials.get(name)!.length;
  const share = (name: Server) => (mean("edge") / mean(name)).toFixed(2);
  say(
    `\nwith ${seated} listening: joins/s of the edge, as a share of the bare server's: ${share("bare")}`,
  );
  say(`of that of one that greets with as much sound: ${share("bare, greets")}`);
}

async function inTurns(seated: number): Promise<Map<Server, Trial[]>> {
  const trials = new Map<Server, Trial[]>(NAMES.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? NAMES : [...NAMES].reverse()) {
      tell(`${seated} listening, round ${round + 1}: ${name}`);
      const fixed = { protocol: "ws", cadenceMs, seconds: SECONDS, inFlight: IN_FLIGHT } as const;
      const trial = await runTrial({ ...fixed, ...SERVERS[name], sockets, seated });
      tell(`  ${trial.joinsPerSecond.toFixed(0)} joins/s`);
      trials.get(name)!.push(trial);
    }
  }
  return trials;
}

function report(seated: number, name: Server, trial: Trial): void {
  row(
    seated,
    name,
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
