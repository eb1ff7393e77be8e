// `npm test`: installs what the tests need, checks the code, runs every test, counts them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, environment, packageProgram } from "./lib/install.mjs";
import { run, runScript, say } from "./lib/run.mjs";
import { ensureSite } from "./lib/site.mjs";
import { ensureTools } from "./lib/tools.mjs";

runScript(async () => {
  await ensureInstalled();
  await ensureTools();
  await ensureSite();
  say("Checking types, style and dead code ...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const checked = await run(npm, ["run", "--silent", "check"], { env: environment() });
  const tested = await runTests(process.argv.slice(2));
  return checked === 0 && tested ? 0 : 1;
});

/**
 * @param {readonly string[]} filters handed on to Vitest
 * @returns {Promise<boolean>} whether all passed
 */
async function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), "rostra-tests-"));
  const report = join(folder, "report.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const code = await run(packageProgram("vitest"), [...args, ...filters], {
      env: environment(),
    });
    const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const skipped = numTotalTests - numPassedTests - numFailedTests;
    // A file that can't even be loaded fails the run without failing a test.
    const failed = Math.max(numFailedTests, code === 0 ? 0 : 1);
    say(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
    return code === 0 && failed === 0 && numPassedTests > 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
