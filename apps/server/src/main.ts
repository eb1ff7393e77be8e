import { fileURLToPath } from "node:url";
import { type Role, RostraError, systemClock } from "@rostra/wire";
import type { Logger } from "pino";
import type { CertificateKeeper } from "./acme/certificate-keeper.ts";
import { readCommandLine, withConfigFile } from "./command-line.ts";
import { type Config, readAssignment, readConfig } from "./config.ts";
import { exitCodeOf } from "./exit-code.ts";
import { readFleetConfig } from "./fleet/fleet-config.ts";
import { explainNats } from "./fleet/nats-line.ts";
import { runInFleet } from "./fleet/run-in-fleet.ts";
import { createLog, flushLog } from "./log.ts";
import { preflight } from "./preflight.ts";
import { runRole } from "./roles/run-role.ts";
import { RoleRefused } from "./supervisor/child-role.ts";
import { runSupervisor } from "./supervisor/supervisor.ts";

const program = fileURLToPath(import.meta.url);
const say = (line: string) => void process.stdout.write(`${line}\n`);
// What can't be written (a full disk) is not worth a process.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

/**
 * The one program. Started by a person it supervises all roles, or is one role of a fleet; started
 * by the supervisor it is the role that it was assigned.
 */
async function main(): Promise<void> {
  const { action, role, configFile, json } = readCommandLine(process.argv.slice(2));
  const env = withConfigFile(process.env, configFile);
  if (action === "doctor") return seeDoctor(role, env, json);
  const config = readConfig(env, process.stdout.isTTY === true);
  const assignment = readAssignment(env);
  const fleet = role === undefined ? undefined : readFleetConfig(env, role);
  const log = createLog(config, assignment?.name ?? fleet?.name ?? "rostra");
  let keeper: CertificateKeeper | undefined;
  try {
    if (assignment !== undefined) await runRole(config, assignment, log);
    else {
      await preflight(role, config, fleet);
      keeper = await keepCertificate(role, config, log);
      if (role !== undefined && fleet !== undefined) {
        await runInFleet(role, config, fleet, { log, say });
      } else await runSupervisor(config, { log, program, env, say, certificate: keeper?.settled });
    }
  } catch (error) {
    throw fleet === undefined ? error : await explainNats(error, fleet);
  } finally {
    keeper?.close();
    await flushLog(log);
  }
}

/** Of this machine: edges that the supervisor starts find what it keeps. */
async function keepCertificate(role: Role | undefined, config: Config, log: Logger) {
  const { acme } = config.door;
  if (acme === null || (role !== undefined && role !== "edge")) return undefined;
  const { CertificateKeeper } = await import("./acme/certificate-keeper.ts");
  return CertificateKeeper.start({ acme, clock: systemClock, log });
}

async function seeDoctor(
  role: Role | undefined,
  env: NodeJS.ProcessEnv,
  json: boolean,
): Promise<void> {
  const { asJson, asTable, examine, isWrong } = await import("./doctor/doctor.ts");
  const findings = await examine(role, env);
  say(json ? asJson(findings) : asTable(findings));
  process.exitCode = isWrong(findings) ? 1 : 0;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    // One line for what a person can mend; the whole stack for what is our own mistake.
    const known = error instanceof RostraError;
    if (!(error instanceof RoleRefused)) {
      process.stderr.write(`rostra: ${known ? error.message : inspect(error)}\n`);
    }
    process.exit(exitCodeOf(error));
  },
);

function inspect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
