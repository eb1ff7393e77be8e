#!/usr/bin/env node
// `npx rostra crowd LINK`: npx puts this repository's own Node before the system's, which may be too
// old to run TypeScript.
import "../src/main.ts";
