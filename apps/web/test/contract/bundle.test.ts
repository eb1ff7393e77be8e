import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Manifest } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

/** What a listener on a thin link may be asked to load before the first sound. */
const LISTENER_BUDGET_BYTES = 40 * 1024;
/** What may come by itself once there is sound, on top. */
const AFTER_SOUND_BUDGET_BYTES = 12 * 1024;

/** Chunks that a listener loads without asking for anything, but only once there is sound. */
const AFTER_SOUND = [
  // Reactions and people: fetched with the first sound, or with a notice.
  /^src\/view\/audience\/audience-part\.tsx$/,
  // What plays faster until live: only for who is behind.
  /listener\/playout\/stretcher-part\.ts$/,
  // What watches for an edge that falls silent, and goes on elsewhere: fetched 2 to 12 s after the first sound.
  /listener\/connection\/second-link\.ts$/,
  // Where there is room: asked by the one above; before sound, only where there is none here.
  /listener\/connection\/find-room\.ts$/,
];

/**
 * Chunks that a listener in a browser with WebCodecs doesn't need up to the first sound. Whatever
 * else is made counts: a new chunk is paid for by the listener until somebody says here why it isn't.
 */
const NOT_UP_TO_SOUND = [
  ...AFTER_SOUND,
  /^src\/pages\/home-page/,
  /^src\/view\/stage\//,
  // Asking for a name, being asked on stage, keeping away from somebody.
  /^src\/view\/hand\//,
  // What asks control: for who shows a name, or presses something. A chunk that several share has no path.
  /^(src\/state\/app\.ts$|_app-)/,
  // The list of people: looked at after a press.
  /^src\/view\/audience\/people-dialog\.tsx$/,
  // Why a space isn't open.
  /^src\/view\/(space\/closed-view|plain-page)/,
  // What asks for frames that an edge left out for a slow connection.
  /listener\/connection\/fetch-frames\.ts$/,
  // What is heard where there is no room: fetched when that is so.
  /listener\/output\/meanwhile\.ts$/,
  // The decoder for browsers without WebCodecs.
  /node_modules\/opus-decoder/,
];

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the built site", () => {
  let folder: string;
  let manifest: Manifest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-web-"));
    // As it is shipped: a build in a test's environment would name the file and line of each element.
    vi.stubEnv("NODE_ENV", "production");
    await build({ root: ROOT, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
    vi.unstubAllEnvs();
    manifest = JSON.parse(await readFile(join(folder, ".vite/manifest.json"), "utf8"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("a listener loads at most 40 KB of compressed script up to the first sound", async () => {
    const files = listenerScripts(manifest);
    const { total, report } = await weigh(files);
    expect(files.size, "the entry and the playout's worklet at least").toBeGreaterThan(1);
    expect(total, report).toBeLessThanOrEqual(LISTENER_BUDGET_BYTES);
  });

  test("at most 12 KB more come by themselves once there is sound, and all of them later", async () => {
    const before = listenerScripts(manifest);
    const files = new Set<string>();
    for (const pattern of AFTER_SOUND) {
      const key = Object.keys(manifest).find((each) => pattern.test(each));
      expect(key, `a chunk of its own: ${pattern}`).toBeDefined();
      expect(before).not.toContain(manifest[key!]!.file);
      for (const file of scriptsFrom(manifest, key!)) if (!before.has(file)) files.add(file);
    }
    const { total, report } = await weigh(files);
    expect(total, report).toBeLessThanOrEqual(AFTER_SOUND_BUDGET_BYTES);
  });

  async function weigh(files: Set<string>): Promise<{ total: number; report: string }> {
    let total = 0;
    const report: string[] = [];
    for (const file of files) {
      const { length } = gzipSync(await readFile(join(folder, file)));
      total += length;
      report.push(`${file} ${length}`);
    }
    return { total, report: report.join(", ") };
  }

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

/** What is loaded up to the first sound. */
function listenerScripts(manifest: Manifest): Set<string> {
  return scriptsFrom(manifest, "index.html");
}

/** Scripts of a chunk, of all it imports, and of every chunk it may load that isn't ruled out above. */
function scriptsFrom(manifest: Manifest, start: string): Set<string> {
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
  visit(start);
  return files;
}

function isRuledOut(key: string): boolean {
  return NOT_UP_TO_SOUND.some((pattern) => pattern.test(key));
}
