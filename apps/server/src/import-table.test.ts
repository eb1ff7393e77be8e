import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** ARCHITECTURE.md's import table. Test code may import more: it stands under devDependencies. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  sound: ["wire"],
  relay: ["wire"],
  stage: ["wire", "sound", "relay"],
  edge: ["wire", "sound", "relay"],
  control: ["wire", "relay"],
  client: ["wire", "sound"],
  testkit: ["wire", "sound", "relay", "stage", "edge", "control", "client"],
  server: ["wire", "relay", "stage", "edge", "control"],
  web: ["wire", "client"],
  rehearse: ["wire", "sound"],
};

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const folders = ["packages", "apps"].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => ({ name, folder: join(ROOT, parent, name) })),
);

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

function ours(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith("@rostra/")).map((name) => name.slice(8));
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

describe("the import table", () => {
  it("names every package and app there is", () => {
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it.each(folders)("holds for the manifest of $name", ({ name, folder }) => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const allowed = MAY_IMPORT[name] ?? [];
    for (const dependency of ours(Object.keys(manifest.dependencies ?? {}))) {
      expect(allowed, `${name} depends on ${dependency}`).toContain(dependency);
    }
  });

  it.each(folders)("holds for the sources of $name", ({ name, folder }) => {
    const allowed = MAY_IMPORT[name] ?? [];
    for (const path of sources(join(folder, "src"))) {
      const text = readFileSync(path, "utf8");
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(@rostra\/[a-z]+)/g)];
      for (const imported of ours(imports.map((match) => match[1]!))) {
        expect(allowed, `${path} imports ${imported}`).toContain(imported);
      }
    }
  });
});
