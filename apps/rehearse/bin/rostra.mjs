#!/usr/bin/env node
// `npx rostra crowd LINK`, and what the server itself is asked for: `npx rostra doctor`, `npx rostra
// edge --config FILE`. npx puts this repository's own Node before the system's, which may be too old
// to run TypeScript.
const SERVER = ["doctor", "control", "stage", "edge"];
if (SERVER.includes(process.argv[2] ?? "")) await import("../../server/src/main.ts");
else await import("../src/main.ts");
