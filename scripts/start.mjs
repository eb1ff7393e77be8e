// `npm start`: installs what is missing, builds what has changed, serves everything.
// Plain JavaScript without imports from packages: it runs before any is installed, on any Node >= 20.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, environment, packageProgram } from "./lib/install.mjs";
import { ROOT, runScript } from "./lib/run.mjs";
import { ensureSite } from "./lib/site.mjs";

runScript(async () => {
  await ensureInstalled();
  await ensureSite();
  return serve();
});

/** @returns {Promise<number>} the server's exit code */
function serve() {
  const main = join(ROOT, "apps", "server", "src", "main.ts");
  const server = spawn(packageProgram("node"), [main], { stdio: "inherit", env: environment() });
  // A terminal's Ctrl-C reaches the server by itself; what is sent to this process alone must be
  // handed on. The server then drains and ends with 0.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => server.kill("SIGTERM"));
  process.on("SIGHUP", () => server.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => resolve(code ?? 1));
  });
}
