import { flushCompileCache } from "node:module";
import { connectRelay } from "@rostra/relay";
import { type Role, systemClock } from "@rostra/wire";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import type { Config, RoleAssignment } from "../config.ts";
import { START_MESSAGE } from "../supervisor/child-role.ts";
import { ROLE_LOADERS, type RoleContext, type RoleStarter, type RunningRole } from "./starters.ts";
import { countProcess, watchClock } from "./vitals.ts";

const LOOPBACK = "127.0.0.1";

/**
 * One role in a process of its own, from its first line to its drain. Resolves when the role has
 * closed after SIGTERM, or because the hub (and with it the supervisor) has gone.
 */
export async function runRole(
  config: Config,
  assignment: RoleAssignment,
  log: Logger,
): Promise<void> {
  const { name, role, relayPath } = assignment;
  // Ctrl-C reaches the whole process group: the supervisor alone decides who stops when.
  process.on("SIGINT", () => {});
  const asked = new Promise<"asked">((resolve) => process.once("SIGTERM", () => resolve("asked")));
  const told = nextStart();
  const relay = await connectRelay(relayPath);
  const orphaned = relay.closed.then(() => "orphaned" as const);
  const start = await ROLE_LOADERS[role]();
  if ((await Promise.race([told, asked, orphaned])) !== "start") {
    await relay.close();
    return;
  }
  const running = await begin(start, config, {
    name,
    relay,
    log,
    internalHost: LOOPBACK,
    databaseUrl: null,
    // One machine has one stage, and one that waits in reserve.
    stagePairs: false,
  });
  log.info("ready");
  const why = await Promise.race([asked, orphaned]);
  log.info(why === "asked" ? "draining" : "the supervisor has gone: stopping");
  await running.close();
  await relay.close();
}

/** One role, begun at once: in a fleet nobody waits in reserve. */
export async function serveRole(
  role: Role,
  config: Config,
  surroundings: Surroundings,
): Promise<RunningRole> {
  return begin(await ROLE_LOADERS[role](), config, surroundings);
}

/** What tells a role on one machine from one in a fleet. */
type Surroundings = Omit<RoleContext, "clock" | "metrics"> & {
  /** Where something is counted already; left out: a new one. */
  readonly metrics?: Registry;
};

async function begin(
  start: RoleStarter,
  config: Config,
  { metrics = new Registry(), ...surroundings }: Surroundings,
): Promise<RunningRole> {
  countProcess(metrics);
  watchClock(systemClock, metrics, surroundings.log);
  const running = await start(config, { ...surroundings, clock: systemClock, metrics });
  // With NODE_COMPILE_CACHE set: who is killed has compiled for its next start all the same.
  flushCompileCache();
  return running;
}

/** Resolves when the supervisor says that it is this process's turn. */
function nextStart(): Promise<"start"> {
  return new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === START_MESSAGE) resolve("start");
    });
  });
}
