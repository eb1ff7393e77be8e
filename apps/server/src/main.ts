import { fileURLToPath } from "node:url";
import { RostraError } from "@rostra/wire";
import { readAssignment, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { runRole } from "./roles/run-role.ts";
import { runSupervisor } from "./supervisor/supervisor.ts";

/** The one program. Started by a person it supervises; started by the supervisor it is a role. */
async function main(): Promise<void> {
  const config = readConfig(process.env, process.stdout.isTTY === true);
  const assignment = readAssignment(process.env);
  if (assignment !== undefined) {
    await runRole(config, assignment, createLog(config, assignment.name));
    return;
  }
  await runSupervisor(config, {
    log: createLog(config, "rostra"),
    program: fileURLToPath(import.meta.url),
    say: (line) => process.stdout.write(`${line}\n`),
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    // One line for what a person can mend; the whole stack for what is our own mistake.
    const known = error instanceof RostraError;
    process.stderr.write(`rostra: ${known ? error.message : inspect(error)}\n`);
    process.exit(1);
  },
);

function inspect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
