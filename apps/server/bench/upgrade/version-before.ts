import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("../../../../", import.meta.url));
/**
 * The commit that counts as the version before. When a version is released, its commit takes the place
 * of this one, as its messages take the place of those that are recorded for the tests.
 */
export const VERSION_BEFORE = "1622cc4faccf";
/** Of what npm has put there: its own notes, and what leads back to this version. */
const NOT_SHARED = /^(\.|@rostra$)/;

/**
 * A version of the program from this clone's history, in a folder of its own, able to run: third
 * parties' packages and the built site are those that are installed here.
 * @param revision as git knows it, or a folder where a version lies that is installed already
 * @returns the folder, and whether it is the caller's to remove; undefined: this clone's history
 *   doesn't go back so far
 */
export function versionBefore(revision: string): { folder: string; isOurs: boolean } | undefined {
  if (existsSync(join(revision, "apps/server/src/main.ts"))) {
    return { folder: resolve(revision), isOurs: false };
  }
  if (!isKnown(revision)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "rostra-version-before-"));
  const tar = git("archive", "--format=tar", revision);
  execFileSync("tar", ["-x", "-C", folder], { input: tar });
  install(folder);
  return { folder, isOurs: true };
}

function isKnown(revision: string): boolean {
  try {
    git("cat-file", "-e", `${revision}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

/** Its own packages link to each other, everything else to what is installed here. */
function install(folder: string): void {
  for (const name of readdirSync(join(HERE, "node_modules"))) {
    if (!NOT_SHARED.test(name)) link(join(HERE, "node_modules", name), folder, name);
  }
  for (const group of ["packages", "apps"]) {
    for (const one of readdirSync(join(folder, group))) {
      const manifest = join(folder, group, one, "package.json");
      if (!existsSync(manifest)) continue;
      const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string };
      link(dirname(manifest), folder, name);
    }
  }
  const site = join("apps/web/dist");
  if (existsSync(join(HERE, site))) symlinkSync(join(HERE, site), join(folder, site));
}

function link(target: string, folder: string, name: string): void {
  const path = join(folder, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function git(...args: string[]): Buffer {
  return execFileSync("git", ["-C", HERE, ...args], {
    maxBuffer: 512 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });
}
