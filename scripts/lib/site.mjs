import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environment, packageProgram } from "./install.mjs";
import { mustRun, ROOT, say } from "./run.mjs";

const SITE = join(ROOT, "apps", "web");
const STAMP = join(SITE, "dist", ".built-from");
const SOURCES = ["apps/web", "packages/client", "packages/sound", "packages/wire"];

/** Builds the web site where its sources have changed since it was built. */
export async function ensureSite() {
  const sources = digest();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === sources) return;
  say("Building the web site ...");
  await mustRun("vite build", packageProgram("vite"), ["build", "--logLevel", "warn"], {
    cwd: SITE,
    env: environment(),
  });
  writeFileSync(STAMP, sources);
}

function digest() {
  const hash = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json")));
  for (const folder of SOURCES) addFolder(hash, join(ROOT, folder));
  return hash.digest("hex");
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} folder
 */
function addFolder(hash, folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === "dist" || name === "node_modules") continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) addFolder(hash, path);
    else hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  }
}
