import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { mustRun, ROOT, ScriptError, say } from "./run.mjs";

const OLDEST_NODE = 20;
const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".rostra-installed");
/** Where Node keeps what it has compiled: a process that starts again is ready sooner. */
const COMPILED = join(MODULES, ".cache", "rostra-compiled");
const NPM = process.platform === "win32" ? "npm.cmd" : "npm";

/** Installs the packages of the lock file where they are missing or of another lock file. */
export async function ensureInstalled() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) {
    throw new ScriptError(`Rostra needs Node ${OLDEST_NODE} or later; this is ${process.version}`);
  }
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lock) return;
  say("Installing packages (about a minute the first time) ...");
  // Not `npm ci`, which throws all away first: after a change of the lock file only what is new is
  // fetched. What the lock file names is installed all the same, and the file stays as it is.
  const install = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  await mustRun("npm install", NPM, install, { shell: process.platform === "win32" });
  writeFileSync(STAMP, lock);
}

/**
 * The environment in which `node` is the Node 24 that comes with the packages, as in npm scripts.
 * @returns {NodeJS.ProcessEnv}
 */
export function environment() {
  const bin = join(MODULES, ".bin");
  return {
    NODE_COMPILE_CACHE: COMPILED,
    ...process.env,
    PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
  };
}

/** @param {string} name of a program that a package brings */
export function packageProgram(name) {
  return join(MODULES, ".bin", process.platform === "win32" ? `${name}.cmd` : name);
}
