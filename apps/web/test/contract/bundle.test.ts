import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Manifest } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** What a listener on a thin link may be asked to load before the first sound. */
const LISTENER_BUDGET_BYTES = 40 * 1024;

/**
 * Chunks that a listener in a browser with WebCodecs doesn't need. Whatever else is made counts:
 * a new chunk is paid for by the listener until somebody says here why it isn't.
 */
const NOT_FOR_LISTENERS = [
  /^src\/pages\/home-page/,
  /^src\/view\/stage\//,
  // Asking for a name, being asked on stage, keeping away from somebody.
  /^src\/view\/hand\//,
  // Why a space isn't open.
  /^src\/view\/(space\/closed-view|plain-page)/,
  // Reactions and people: fetched with the first sound, or with a notice.
  /^src\/view\/audience\//,
  // What asks for frames that an edge left out for a slow connection.
  /listener\/connection\/fetch-frames\.ts$/,
  // What plays faster until live: fetched once there is sound.
  /listener\/playout\/stretcher-part\.ts$/,
  // Where there is no room: fetched when that is so.
  /listener\/connection\/find-room\.ts$/,
  /listener\/output\/meanwhile\.ts$/,
  // What makes a connection beside another: fetched when an edge goes.
  /listener\/connection\/change-over\.ts$/,
  // The decoder for browsers without WebCodecs.
  /node_modules\/opus-decoder/,
];

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the built site", () => {
  let folder: string;
  let manifest: Manifest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-web-"));
    await build({ root: ROOT, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
    manifest = JSON.parse(await readFile(join(folder, ".vite/manifest.json"), "utf8"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("a listener loads at most 40 KB of compressed script up to the first sound", async () => {
    const sizes = new Map<string, number>();
    for (const file of listenerScripts(manifest)) {
      sizes.set(file, gzipSync(await readFile(join(folder, file))).length);
    }
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const report = [...sizes].map(([file, size]) => `${file} ${size}`).join(", ");
    expect(sizes.size, "the entry and the playout's worklet at least").toBeGreaterThan(1);
    expect(total, report).toBeLessThanOrEqual(LISTENER_BUDGET_BYTES);
  });

  test("the stage's part is fetched only when somebody is on stage", () => {
    const entry = manifest["index.html"]!;
    expect(entry.dynamicImports).toContain("src/view/stage/stage-view.tsx");
    const files = listenerScripts(manifest);
    expect(files).not.toContain(manifest["src/view/stage/stage-view.tsx"]!.file);
  });

  test("what the entry imports is on its way before the entry was read", async () => {
    const html = await readFile(join(folder, "index.html"), "utf8");
    for (const key of manifest["index.html"]!.imports ?? []) {
      expect(html).toContain(`rel="modulepreload" crossorigin href="/${manifest[key]!.file}"`);
    }
  });

  test("the page holds no inline script or style: the strictest policy serves it", async () => {
    const html = await readFile(join(folder, "index.html"), "utf8");
    expect(html).not.toMatch(/<style|style=|\son\w+=|javascript:/i);
    for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
      expect(attributes).toContain("src=");
      expect(body).toBe("");
    }
  });

  test("every asset has a hash in its name, and a compressed twin where it is text", async () => {
    const names = await readdir(join(folder, "assets"));
    const texts = names.filter((name) => /\.(js|css|svg)$/.test(name));
    expect(texts.length).toBeGreaterThan(5);
    for (const name of texts) {
      expect(name).toMatch(/-[\w-]{8}\.\w+$/);
      expect(names).toContain(`${name}.gz`);
      expect(names).toContain(`${name}.br`);
    }
  });
});

/** Scripts of the entry, of all it imports, and of every chunk that isn't ruled out above. */
function listenerScripts(manifest: Manifest): Set<string> {
  const files = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined || files.has(chunk.file)) return;
    files.add(chunk.file);
    // Worklets and workers are assets to the bundler, and scripts to the listener.
    for (const asset of chunk.assets ?? []) if (asset.endsWith(".js")) files.add(asset);
    for (const next of chunk.imports ?? []) visit(next);
    const later = chunk.dynamicImports ?? [];
    for (const next of later) if (!isRuledOut(next)) visit(next);
  };
  visit("index.html");
  return files;
}

function isRuledOut(key: string): boolean {
  return NOT_FOR_LISTENERS.some((pattern) => pattern.test(key));
}
