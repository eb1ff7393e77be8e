#!/usr/bin/env node
// `npx rostra crowd LINK`, and what the server itself is asked for: `npx rostra doctor`, `npx rostra
// edge --config FILE`. npx puts this repository's own Node before the system's, which may be too old
// to run TypeScript.
const SERVER = ["doctor", "control", "stage", "edge"];
const USAGE = `usage: npx rostra COMMAND

  crowd LINK [options]            a crowd of real listeners for a space; crowd --help shows the options
  doctor [ROLE] [--config FILE]   says what is missing on this machine, before Rostra runs or beside it
  control|stage|edge [--config FILE]
                                  one role of a fleet; all roles on one machine: npm start
`;

const command = process.argv[2] ?? "";
if (["", "help", "-h", "--help"].includes(command)) {
  // Asked for it is an answer; else it says what was wrong.
  (command === "" ? process.stderr : process.stdout).write(USAGE);
  process.exitCode = command === "" ? 2 : 0;
} else if (SERVER.includes(command)) {
  await import("../../server/src/main.ts");
} else {
  await import("../src/main.ts");
}
