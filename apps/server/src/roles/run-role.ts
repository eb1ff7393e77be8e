import { connectRelay } from "@rostra/relay";
import { systemClock } from "@rostra/wire";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Config, RoleAssignment } from "../config.ts";
import { START_MESSAGE } from "../supervisor/child-role.ts";
import { ROLE_LOADERS } from "./starters.ts";

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
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const running = await start(config, {
    name,
    relay,
    clock: systemClock,
    log,
    metrics,
  });
  log.info("ready");
  const why = await Promise.race([asked, orphaned]);
  log.info(why === "asked" ? "draining" : "the supervisor has gone: stopping");
  await running.close();
  await relay.close();
}

/** Resolves when the supervisor says that it is this process's turn. */
function nextStart(): Promise<"start"> {
  return new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === START_MESSAGE) resolve("start");
    });
  });
}
