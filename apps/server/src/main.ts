import { fileURLToPath } from "node:url";
import { RostraError } from "@rostra/wire";
import { readAssignment, readConfig } from "./config.ts";
import { createLog, flushLog } from "./log.ts";
import { runRole } from "./roles/run-role.ts";
import { runSupervisor } from "./supervisor/supervisor.ts";

const program = fileURLToPath(import.meta.url);
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** The one program. Started by a person it supervises; started by the supervisor it is a role. */
async function main(): Promise<void> {
  const config = readConfig(process.env, process.stdout.isTTY === true);
  const assignment = readAssignment(process.env);
  const log = createLog(config, assignment?.name ?? "rostra");
  try {
    if (assignment !== undefined) await runRole(config, assignment, log);
    else await runSupervisor(config, { log, program, say });
  } finally {
    await flushLog(log);
  }
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
