import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Something that the person at the terminal can mend; `message` says how. */
export class ScriptError extends Error {}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a program with this terminal; resolves with its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", ...options });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/**
 * As {@link run}, and a failure ends the script.
 * @param {string} what in words, for the error
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export async function mustRun(what, command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new ScriptError(`${what} failed (exit ${code}): see above`);
}

/**
 * Runs a script to its end; an error that a person can mend is one line and exit code 1.
 * @param {() => Promise<number>} main
 */
export function runScript(main) {
  main().then(
    (code) => process.exit(code),
    (error) => {
      process.stderr.write(
        `${error instanceof ScriptError ? error.message : String(error?.stack ?? error)}\n`,
      );
      process.exit(1);
    },
  );
}
