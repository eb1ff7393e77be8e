/**
 * Kill anything: each role and engine of a fleet in turn is killed, stopped, cut off, made late or lossy,
 * under a live event with real speech and thousands of real listeners.
 *
 *     npm run bench:fleet-faults [-- --listeners 5000 --pairs off|on|both --cases kill-stage,split
 *                                    --no-standby --json FILE]
 *
 * --no-standby: listeners keep no link in waiting at another edge, so that it shows what one is worth.
 *
 * Runs in network namespaces of its own where it may (root), else on 127.0.0.x without links to cut.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { benchOptions } from "@rostra/testkit";
import { LoopbackNetwork } from "./fleet/loopback.ts";
import {
  makeNamespaces,
  mayMakeNamespaces,
  NamespaceNetwork,
  namespaceOf,
  removeNamespaces,
  widenQueue,
} from "./fleet/namespaces.ts";
import { missing } from "./fleet/needs.ts";
import { casesOf, runFaults } from "./fleet/run-faults.ts";
import { isBroken, type JudgedCase, toLoadTable, toTable } from "./fleet/table.ts";

const values = benchOptions({
  listeners: { type: "string", default: "5000" },
  pairs: { type: "string", default: "both" },
  cases: { type: "string" },
  "no-standby": { type: "boolean", default: false },
  json: { type: "string" },
  /** Pid of who made the namespaces: set by this program for itself. */
  maker: { type: "string" },
});

/** Exit code where it says nothing of the product. */
const CANT_RUN = 2;

if (values.maker === undefined && mayMakeNamespaces()) process.exit(await withinNamespaces());
process.exit(await measure());

/** Runs this program again, in the middle of a network of its own, and removes that at the end. */
async function withinNamespaces(): Promise<number> {
  const narrowQueue = widenQueue();
  process.once("exit", () => {
    removeNamespaces(process.pid);
    narrowQueue();
  });
  makeNamespaces(process.pid);
  const again = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const enter = ["netns", "exec", namespaceOf(process.pid, "switch")];
  const child = spawn("ip", [...enter, ...again, "--maker", String(process.pid)], {
    stdio: "inherit",
  });
  // Ctrl-C reaches both: the other one ends, and then this one tidies up.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGKILL"));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

async function measure(): Promise<number> {
  const network =
    values.maker === undefined ? new LoopbackNetwork() : new NamespaceNetwork(Number(values.maker));
  const listeners = Number(values.listeners);
  const modes = values.pairs === "both" ? [false, true] : [values.pairs === "on"];
  const only = values.cases?.split(",");
  const ids = modes.flatMap((isPaired) => casesOf({ network, isPaired, only }).map(({ id }) => id));
  const absent = missing(ids, network.hasLinks);
  if (absent !== undefined) {
    process.stderr.write(`${absent}\n`);
    return CANT_RUN;
  }
  const judged: JudgedCase[] = [];
  for (const isPaired of modes) {
    const standby = !values["no-standby"];
    judged.push(...(await runFaults({ network, listeners, isPaired, standby, only })));
  }
  process.stdout.write(`${network.kind}; ${listeners} listeners\n\n${toTable(judged)}\n\n`);
  process.stdout.write(`${toLoadTable(judged)}\n\n`);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ network: network.kind, judged }, null, 2)}\n`);
  }
  const broken = judged.filter(isBroken);
  for (const { title } of broken) process.stdout.write(`broken: ${title}\n`);
  return broken.length === 0 ? 0 : 1;
}
