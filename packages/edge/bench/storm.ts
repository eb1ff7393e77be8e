/**
 * Everybody at once: how many an edge lets in a second and how soon each hears something, against a
 * bare Node server that answers a connection's first bytes with a head and writes the next chunk.
 *
 *     npm run bench:storm [-- --sockets 18000 --seated 18000 --cadence 500 --rounds 3 --greets]
 *
 * Two servers are compared by storms right after each other, in the order A B, B A, A B, since a machine is
 * seldom the same for a minute; what counts is the median of these pairs. A fresh process meets its
 * first storm cold and the others warm: they're told apart. Then the same while as many listen already. With
 * --greets a third server takes part: a bare one that also writes each newcomer a second of sound, as an edge does.
 *
 * Where storm and seated together are more than a process may hold sockets, each kind runs as several processes,
 * each with its share. Exit code 1 where one was lost or didn't get in. A round takes 80 s, with --greets 120 s.
 */
import { benchOptions } from "@rostra/testkit";
import { SOCKETS_PER_PROCESS } from "./support/processes.ts";
import { IN_FLIGHT, type Storm, StormedServers, type StormServer } from "./support/storms.ts";
import { head, median, positive, row, say, tell } from "./support/table.ts";

const values = benchOptions({
  sockets: { type: "string", default: "18000" },
  seated: { type: "string" },
  cadence: { type: "string", default: "500" },
  rounds: { type: "string", default: "3" },
  greets: { type: "boolean", default: false },
});
const sockets = positive("sockets", values.sockets);
const seats = values.seated === "0" ? 0 : positive("seated", values.seated ?? values.sockets);
const cadenceMs = positive("cadence", values.cadence);
const rounds = positive("rounds", values.rounds);
/** By what stands in the table. */
const SERVERS: Readonly<Record<string, StormServer>> = {
  "bare `net`": { kind: "bare" },
  ...(values.greets && { "bare, greets": { kind: "bare", greets: true } }),
  edge: { kind: "edge" },
};
const NAMES = Object.keys(SERVERS);
const TURNS = ["cold", "warm", "warm"] as const;
/** Storms that each server met while others were seated. */
const SEATED_TURNS = 2;

/** Storms of one case in the order in which they came: the same place is the same pair. */
type Case = Map<string, Storm[]>;
const cases = new Map<string, Case>();

say(`${sockets} at once, ${IN_FLIGHT} under way, ${rounds} rounds, WebSocket\n`);
let failed = false;
for (let round = 0; round < rounds && !failed; round += 1) {
  try {
    await inTurns(round);
    if (seats > 0) await whileSeated(round);
  } catch (error) {
    // What was measured until then is worth telling.
    tell(String(error));
    failed = true;
  }
}
head(
  "case",
  "server",
  "joins/s",
  "CPU us a join",
  "first sound p50 ms",
  "p99 ms",
  "max ms",
  "worst silence of those seated ms",
  "tried again",
  "lost",
);
for (const [name, storms] of cases) {
  for (const server of NAMES) report(name, server, storms.get(server)!);
}
say("");
head(
  "case",
  "the edge and",
  "joins/s, as a share, pair by pair",
  "median",
  "CPU a join, as a multiple",
);
for (const [name, storms] of cases) {
  for (const server of NAMES.slice(0, -1)) compare(name, server, storms);
}
const all = [...cases.values()].flatMap((it) => [...it.values()]).flat();
process.exit(failed || all.some((storm) => storm.lost > 0) ? 1 : 0);

/** Nobody else is there: fresh servers of all kinds, and one storm for each in turn. */
async function inTurns(round: number): Promise<void> {
  const open = new Map<string, StormedServers>();
  try {
    for (const name of NAMES) open.set(name, await serversOf(name, sockets));
    for (const [turn, warmth] of TURNS.entries()) {
      for (const name of ordered(round + turn)) {
        await meet(`nobody there, ${warmth}`, name, open.get(name)!);
      }
    }
  } finally {
    for (const servers of open.values()) servers.close();
  }
}

/** Only one kind has its listeners there at a time: both would be twice the load. */
async function whileSeated(round: number): Promise<void> {
  for (const name of ordered(round)) {
    const servers = await serversOf(name, sockets + seats);
    try {
      await servers.seat(seats);
      for (let turn = 0; turn < SEATED_TURNS; turn += 1) {
        await meet(`${seats} there, warm`, name, servers);
      }
    } finally {
      servers.close();
    }
  }
}

function serversOf(name: string, most: number): Promise<StormedServers> {
  return StormedServers.open(SERVERS[name]!, cadenceMs, Math.ceil(most / SOCKETS_PER_PROCESS));
}

function ordered(turn: number): string[] {
  return turn % 2 === 0 ? NAMES : [...NAMES].reverse();
}

async function meet(name: string, server: string, servers: StormedServers): Promise<void> {
  const storm = await servers.storm(sockets);
  const cpu = storm.cpuUsPerJoin.toFixed(0);
  tell(`${name}: ${server}: ${storm.joinsPerSecond.toFixed(0)} joins/s, ${cpu} us a join`);
  const storms = cases.get(name) ?? new Map<string, Storm[]>(NAMES.map((it) => [it, []]));
  cases.set(name, storms);
  storms.get(server)!.push(storm);
}

/** Medians of what is alike, the worst of what must not be. */
function report(name: string, server: string, storms: readonly Storm[]): void {
  const middle = (of: (storm: Storm) => number) => median(storms.map(of)).toFixed(0);
  const worst = (of: (storm: Storm) => number) => Math.max(...storms.map(of)).toFixed(0);
  row(
    name,
    server,
    middle((it) => it.joinsPerSecond),
    middle((it) => it.cpuUsPerJoin),
    middle((it) => it.firstSoundMs.p50),
    `${middle((it) => it.firstSoundMs.p99)}, at most ${worst((it) => it.firstSoundMs.p99)}`,
    worst((it) => it.firstSoundMs.max),
    worst((it) => it.seatedSilenceMs),
    worst((it) => it.again),
    worst((it) => it.lost),
  );
}

function compare(name: string, server: string, storms: Case): void {
  const [edges, others] = [storms.get("edge")!, storms.get(server)!];
  const paired = edges.slice(0, others.length);
  const pairs = paired.map((edge, at) => [edge, others[at]!] as const);
  const shares = pairs.map(([edge, other]) => edge.joinsPerSecond / other.joinsPerSecond);
  const costs = pairs.map(([edge, other]) => edge.cpuUsPerJoin / other.cpuUsPerJoin);
  row(
    name,
    server,
    shares.map((share) => share.toFixed(2)).join(", "),
    median(shares).toFixed(2),
    median(costs).toFixed(2),
  );
}
