import { defineConfig } from "vite";

/** Where `npm run dev` finds a running Rostra. */
const SERVER = "http://localhost:7070";

export default defineConfig({
  // No Preact plugin: the automatic JSX runtime is all that is needed, and it keeps the build small.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    target: "es2022",
    sourcemap: false,
    // The site's CSP has neither data: nor inline script: everything is a hashed file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/api": SERVER,
      "/live": { target: SERVER, ws: true },
    },
  },
});
