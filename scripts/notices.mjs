// Writes THIRD_PARTY_NOTICES.md from the packages that a running Rostra is made of.
//     node scripts/notices.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/run.mjs";

/** Libraries that come inside the packages above, as those packages' own notices tell. */
const INSIDE = [
  [
    "libdatachannel",
    "MPL-2.0",
    "in @node-datachannel/*; source: github.com/paullouisageneau/libdatachannel",
  ],
  ["libjuice", "MPL-2.0", "in libdatachannel"],
  ["libsrtp", "BSD-3-Clause", "in libdatachannel"],
  ["usrsctp", "BSD-3-Clause", "in libdatachannel"],
  ["plog", "MIT", "in libdatachannel"],
  ["OpenSSL", "Apache-2.0", "in @node-datachannel/*"],
  ["libopus", "BSD-3-Clause", "in libopus-wasm, opus-decoder and @evan/opus"],
  ["RNNoise", "BSD-3-Clause", "in @sapphi-red/web-noise-suppressor"],
  ["@shiguredo/rnnoise-wasm", "Apache-2.0", "in @sapphi-red/web-noise-suppressor"],
  ["PostgreSQL", "PostgreSQL", "in @electric-sql/pglite"],
  ["FFmpeg's AAC encoder", "LGPL-2.1-or-later", "in @mediabunny/aac-encoder"],
];

const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
const rows = Object.entries(lock.packages)
  .filter(([path, entry]) => path.startsWith("node_modules/") && !entry.dev && !entry.link)
  .map(([path, entry]) => [path.slice("node_modules/".length), entry.version, entry.license ?? ""])
  .filter(([name]) => !name.includes("/node_modules/"))
  .sort(([a], [b]) => a.localeCompare(b));

const text = `# Third-party notices

Rostra is licensed under Apache-2.0. It runs on the packages below, each under its own licence, whose
full text comes with the package. Packages under MPL-2.0 are used unchanged; their sources are at the
addresses that the packages name. Written by \`node scripts/notices.mjs\`.

| package | version | licence |
|---|---|---|
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}

Inside these packages, among others:

| library | licence | where |
|---|---|---|
${INSIDE.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
writeFileSync(join(ROOT, "THIRD_PARTY_NOTICES.md"), text);
