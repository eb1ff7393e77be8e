/**
 * What a listener costs, by the size of the crowd, and what a million would cost at that.
 *
 *     npm run bench:cost [-- --sizes 1000,4000,16000,36000,72000 --cadence 1000 --seconds 15]
 *
 * Every size has the same cadence: it's the price of a listener that is compared, not the edge's choice.
 * Hub and stage run in a process of their own, which isn't counted; before each crowd the edge is watched
 * with nobody there. Above 18,000 the edge runs as several processes. With the listeners of this bench on the same
 * machine, 72,000 need about two cores and 2 GB. About (seconds + size / 1,000) seconds for each size, 20 more
 * for a fresh process to become quiet, and 40 for 1,000 listeners until the edge is as warm as with many.
 */
import { benchOptions } from "@rostra/testkit";
import { PROTOCOLS } from "./support/message.ts";
import { million, PRICES, type UnitCost } from "./support/million.ts";
import { head, positive, row, say, tell } from "./support/table.ts";
import { runTrial, type Trial } from "./support/trial.ts";

const values = benchOptions({
  sizes: { type: "string", default: "1000,4000,16000,36000,72000" },
  cadence: { type: "string", default: "1000" },
  seconds: { type: "string", default: "15" },
  protocol: { type: "string", default: "ws" },
});
const sizes = values.sizes.split(",").map((text) => positive("sizes", text));
const cadenceMs = positive("cadence", values.cadence);
const seconds = positive("seconds", values.seconds);
const protocol = PROTOCOLS.find((it) => it === values.protocol) ?? "ws";
const IN_FLIGHT = 100;
/** How long an edge without listeners is watched before each crowd. */
const EMPTY_SECONDS = 5;
/**
 * Writes after which V8 has compiled the way of a chunk for good: with 1,000 listeners what a write costs
 * still falls for half a minute. A small crowd is listened to for longer, so that all are as warm.
 */
const WARM_WRITES = 40_000;

const trials: Trial[] = [];
for (const sockets of sizes) {
  tell(`${sockets} listeners`);
  const inFlight = IN_FLIGHT;
  const fixed = {
    kind: "edge",
    protocol,
    cadenceMs,
    seconds,
    emptySeconds: EMPTY_SECONDS,
    warmWrites: WARM_WRITES,
  } as const;
  trials.push(await runTrial({ ...fixed, sockets, inFlight }));
}
say(`What a listener costs, ${protocol}, a chunk each ${cadenceMs} ms, ${seconds} s\n`);
head(
  "listeners",
  "edge processes",
  "CPU us a listener-second",
  "ms a second with nobody",
  "turns a second with nobody",
  "with the crowd",
  "us a listener-second without that",
  "us a write",
  "bytes a listener-second",
  "RSS KB a listener",
  "read/written",
  "worst silence ms",
  "closed",
);
for (const trial of trials) {
  const cost = costOf(trial);
  row(
    trial.sockets,
    trial.servers,
    cost.cpuUs.toFixed(2),
    trial.emptyCpuMs.toFixed(1),
    trial.emptyTurns.toFixed(0),
    trial.turns.toFixed(0),
    listenerUs(trial).toFixed(2),
    ((trial.cpuMs * 1_000) / trial.writes).toFixed(2),
    cost.bytes.toFixed(0),
    (cost.rssBytes / 1_024).toFixed(2),
    (trial.reads / trial.writes).toFixed(3),
    trial.silenceMs.max.toFixed(0),
    trial.closed,
  );
}
const spread = (value: (trial: Trial) => number) => {
  const all = trials.map(value);
  return (100 * (Math.max(...all) / Math.min(...all) - 1)).toFixed(1);
};
say(`\nfrom the cheapest size to the dearest: CPU +${spread((it) => costOf(it).cpuUs)}%, `);
say(`without what an edge uses with nobody there +${spread(listenerUs)}%, `);
say(`bytes +${spread((it) => costOf(it).bytes)}%\n`);
say("## A million, at what the largest crowd cost here\n");
head("what", "how much", "how it is reckoned");
for (const line of million(costOf(trials.at(-1)!), cadenceMs, PRICES)) {
  row(line.what, line.amount, line.how);
}

/** What comes with each listener: what the same edges use with nobody there is left out. */
function listenerUs({ cpuMs, seconds, sockets, emptyCpuMs }: Trial): number {
  return ((cpuMs / seconds - emptyCpuMs) * 1_000) / sockets;
}

function costOf(trial: Trial): UnitCost {
  const listenerSeconds = trial.sockets * trial.seconds;
  return {
    cpuUs: (trial.cpuMs * 1_000) / listenerSeconds,
    bytes: trial.bytes / listenerSeconds,
    rssBytes: trial.crowdRssBytes / trial.sockets,
    listenersPerProcess: trial.sockets / trial.servers,
  };
}
