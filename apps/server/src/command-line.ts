import { readFileSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { isOneOf, ROLES, type Role } from "@rostra/wire";
import { ConfigError } from "./config.ts";
import { nearestSetting, unknownSettings } from "./settings.ts";

/** What was asked for: one role of a fleet, or all roles on this machine. */
export interface Command {
  /** doctor: look whether it could run, and say what to change. */
  readonly action: "run" | "doctor";
  readonly role: Role | undefined;
  readonly configFile: string | undefined;
  /** The doctor's findings as JSON. */
  readonly json: boolean;
}

const HOW = `usage: rostra [doctor] [${ROLES.join("|")}] [--config FILE] [--json]`;

/** @throws {ConfigError} with how it's used, for anything else */
export function readCommandLine(args: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}; ${HOW}`);
  }
  const { positionals, values } = parsed;
  const action = positionals[0] === "doctor" ? "doctor" : "run";
  const words = action === "doctor" ? positionals.slice(1) : positionals;
  const [role, ...rest] = words;
  if (rest.length > 0 || (role !== undefined && !isOneOf(role, ROLES))) {
    throw new ConfigError(`there is no role '${words.join(" ")}'; ${HOW}`);
  }
  if (values.json && action === "run") throw new ConfigError(`--json is the doctor's; ${HOW}`);
  return { action, role, configFile: values.config, json: values.json ?? false };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: "string" }, json: { type: "boolean" } },
  });
}

/**
 * The settings of a file, a `NAME=value` a line, as systemd and Docker read them; what the
 * environment says goes before it.
 * @throws {ConfigError} also for a name that nobody reads
 */
export function withConfigFile(
  env: NodeJS.ProcessEnv,
  file: string | undefined,
): NodeJS.ProcessEnv {
  if (file === undefined) return env;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`the settings in ${file} can't be read (${code}): check --config`);
  }
  refuseOtherLines(text, file);
  const settings = parseEnv(text);
  // Only of a file: other programs have their own say in the environment (Kubernetes sets
  // ROSTRA_PORT for a service called rostra).
  const [unknown] = unknownSettings(Object.keys(settings));
  if (unknown === undefined) return { ...settings, ...env };
  const meant = nearestSetting(unknown);
  const advice = meant === undefined ? "take it out" : `did you mean ${meant}?`;
  throw new ConfigError(`${unknown} in ${file} is no setting: ${advice}`);
}

/** Nothing, a remark, or a setting. */
const LINE = /^\s*(?:#.*|(?:export\s+)?[\w.-]+\s*=.*)?$/;

/** What isn't a setting would be read over, and the file with it. @throws {ConfigError} */
function refuseOtherLines(text: string, file: string): void {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => !LINE.test(line) || line.includes("\0"));
  if (at < 0) return;
  const shown = JSON.stringify(lines[at]!.slice(0, 30));
  throw new ConfigError(
    `line ${at + 1} of ${file} isn't NAME=value: ${shown}; write a setting a line`,
  );
}
