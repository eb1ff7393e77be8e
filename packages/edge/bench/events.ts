/**
 * What a storm of reactions costs an edge for each listener: a quiet crowd, then the same crowd while
 * people react, a tenth as many as listen, once a second each, and then the quiet crowd again.
 *
 *     npm run bench:events [-- --sizes 1000,4000,8000 --cadence 500 --seconds 15 --share 0.1]
 *
 * Linux only: CPU is read from /proc. About 3 x (seconds + 5) seconds for each size.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions } from "@rostra/testkit";
import type { FromServer } from "./support/message.ts";
import { Crowd, cpuMs, next, Processes } from "./support/processes.ts";
import type { FromReactors, ReactorsOrder } from "./support/reactors-main.ts";
import { head, positive, row, say, tell } from "./support/table.ts";

const values = benchOptions({
  sizes: { type: "string", default: "1000,4000,8000" },
  cadence: { type: "string", default: "500" },
  seconds: { type: "string", default: "15" },
  share: { type: "string", default: "0.1" },
});
const sizes = values.sizes.split(",").map((text) => positive("sizes", text));
const cadenceMs = positive("cadence", values.cadence);
const seconds = positive("seconds", values.seconds);
const share = positive("share", values.share);
const SERVER = fileURLToPath(new URL("./support/server-main.ts", import.meta.url));
const REACTORS = fileURLToPath(new URL("./support/reactors-main.ts", import.meta.url));
const IN_FLIGHT = 100;
const SETTLE_MS = 4_000;

/** Of one stretch of time, for each listener and second. */
interface Cost {
  readonly cpuUs: number;
  readonly bytes: number;
  readonly worstSilenceMs: number;
  readonly reactions: number;
}

say(
  `Reactions by ${share * 100}% of listeners each second, a chunk each ${cadenceMs} ms, ${seconds} s\n`,
);
head(
  "listeners",
  "reactions/s",
  "quiet: CPU us a listener-second",
  "storm",
  "difference",
  "events, bytes a listener-second",
  "us a reaction, all included",
  "worst silence ms, quiet",
  "storm",
);
for (const listeners of sizes) {
  tell(`${listeners} listeners`);
  const { quiet, storm } = await measure(listeners);
  const more = storm.cpuUs - quiet.cpuUs;
  row(
    listeners,
    storm.reactions.toFixed(0),
    quiet.cpuUs.toFixed(2),
    storm.cpuUs.toFixed(2),
    more.toFixed(2),
    (storm.bytes - quiet.bytes).toFixed(0),
    ((more * listeners) / storm.reactions).toFixed(1),
    quiet.worstSilenceMs.toFixed(0),
    storm.worstSilenceMs.toFixed(0),
  );
}

async function measure(listeners: number): Promise<{ quiet: Cost; storm: Cost }> {
  const processes = new Processes();
  try {
    const server = processes.start(SERVER, { kind: "edge", protocol: "ws", cadenceMs });
    const door = await next<FromServer, "up">(server, "up");
    const crowd = new Crowd({
      ...{ processes, sockets: listeners, protocol: "ws", inFlight: IN_FLIGHT },
      doors: [door],
    });
    await crowd.arrive();
    const reactors = Math.round(listeners * share);
    const before = await stretch(server.pid!, crowd, listeners, async () => 0);
    const order: ReactorsOrder = { ...door, sockets: reactors };
    const people = processes.start(REACTORS, order);
    await next<FromReactors, "reacting">(people, "reacting");
    const sent = async () => {
      people.send("counts");
      return (await next<FromReactors, "counts">(people, "counts")).sent;
    };
    const storm = await stretch(server.pid!, crowd, listeners, sent);
    people.kill();
    // Quiet once more: what else the machine does drifts, and the storm lies between the two.
    const quiet = meanOf(before, await stretch(server.pid!, crowd, listeners, async () => 0));
    return { quiet, storm };
  } finally {
    processes.close();
  }
}

function meanOf(a: Cost, b: Cost): Cost {
  return {
    cpuUs: (a.cpuUs + b.cpuUs) / 2,
    bytes: (a.bytes + b.bytes) / 2,
    worstSilenceMs: Math.max(a.worstSilenceMs, b.worstSilenceMs),
    reactions: 0,
  };
}

async function stretch(
  pid: number,
  crowd: Crowd,
  listeners: number,
  sentSoFar: () => Promise<number>,
): Promise<Cost> {
  await sleep(SETTLE_MS);
  const before = { ...(await crowd.counts()), edgeMs: cpuMs(pid), sent: await sentSoFar() };
  const fromMs = performance.now();
  await sleep(seconds * 1_000);
  const after = { ...(await crowd.counts()), edgeMs: cpuMs(pid), sent: await sentSoFar() };
  const time = (performance.now() - fromMs) / 1_000;
  const each = listeners * time;
  return {
    cpuUs: ((after.edgeMs - before.edgeMs) * 1_000) / each,
    bytes: (after.bytes - before.bytes) / each,
    worstSilenceMs: after.silenceMs.max,
    reactions: (after.sent - before.sent) / time,
  };
}
