import { readFileSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { isOneOf, ROLES, type Role } from "@rostra/wire";
import { ConfigError } from "./config.ts";

/** What was asked for: one role of a fleet, or all roles on this machine. */
export interface Command {
  readonly role: Role | undefined;
  readonly configFile: string | undefined;
}

const HOW = `usage: rostra [${ROLES.join("|")}] [--config FILE]`;

/** @throws {ConfigError} with how it's used, for anything else */
export function readCommandLine(args: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}; ${HOW}`);
  }
  const { positionals, values } = parsed;
  const role = positionals[0];
  if (positionals.length > 1 || (role !== undefined && !isOneOf(role, ROLES))) {
    throw new ConfigError(`there is no role '${positionals.join(" ")}'; ${HOW}`);
  }
  return { role, configFile: values.config };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: "string" } },
  });
}

/**
 * The settings of a file, a `NAME=value` a line, as systemd and Docker read them; what the
 * environment says goes before it.
 * @throws {ConfigError}
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
  return { ...parseEnv(text), ...env };
}
