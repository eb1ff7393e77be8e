import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Where `npm run dev` finds a running Rostra. */
const SERVER = "http://localhost:7070";

export default defineConfig({
  // No Preact plugin: the automatic JSX runtime is all that is needed, and it keeps the build small.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [precompress()],
  build: {
    outDir: "dist",
    target: "es2022",
    sourcemap: false,
    // The bundle's test reads from it which chunks a listener needs.
    manifest: true,
    // The site's CSP has neither data: nor inline script: everything is a hashed file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // That compressing takes longest is known, and no news for who starts a server.
      checks: { pluginTimings: false },
      onLog(level, log, handle) {
        // Only servers encode Opus with that module, and none of it ends up in the site.
        if (!log.message?.includes("libopus-wasm")) handle(level, log);
      },
    },
  },
  server: {
    proxy: {
      "/api": SERVER,
      "/live": { target: SERVER, ws: true },
    },
  },
});

/** Beside each text file its .gz and .br, so that edges send the small one and compress nothing. */
function precompress(): Plugin {
  const packers = { ".gz": promisify(gzip), ".br": promisify(brotliCompress) };
  return {
    name: "precompress",
    apply: "build",
    async writeBundle({ dir = "dist" }) {
      const names = await readdir(dir, { recursive: true });
      const texts = names.filter((name) => /\.(html|js|css|svg)$/.test(name));
      const packed = texts.map(async (name) => {
        const path = join(dir, name);
        const bytes = await readFile(path);
        for (const [ending, pack] of Object.entries(packers)) {
          await writeFile(path + ending, await pack(bytes));
        }
      });
      // All at once: they are compressed in threads, on all cores.
      await Promise.all(packed);
    },
  };
}
