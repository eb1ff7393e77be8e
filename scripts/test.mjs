// `npm test`: installs what the tests need, checks the code, runs every test, counts them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ensureInstalled, environment, packageProgram } from "./lib/install.mjs";
import { run, runScript, say } from "./lib/run.mjs";
import { ensureSite } from "./lib/site.mjs";
import { ensureTools } from "./lib/tools.mjs";

/** What listens in real time runs alone: a busy machine would be heard as a bad network. */
const STAGES = [["unit", "contract", "process"], ["system"], ["browser"]];

runScript(async () => {
  await ensureInstalled();
  await ensureTools();
  await ensureSite();
  say("Checking types, style and dead code ...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const checked = await run(npm, ["run", "--silent", "check"], { env: environment() });
  const counts = { passed: 0, failed: 0, skipped: 0, complaints: [] };
  for (const projects of STAGES) await runTests(projects, process.argv.slice(2), counts);
  const { passed, failed, skipped, complaints } = counts;
  if (checked !== 0) say("The checks failed: see above.");
  // Again, at the end: what was said of them lies far above.
  for (const complaint of complaints) say(`FAILED ${complaint}`);
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return checked === 0 && failed === 0 && passed > 0 ? 0 : 1;
});

/**
 * Runs some of the projects and adds to the counts.
 * @param {readonly string[]} projects
 * @param {readonly string[]} filters handed on to Vitest
 * @param {{ passed: number, failed: number, skipped: number, complaints: string[] }} counts
 */
async function runTests(projects, filters, counts) {
  const folder = mkdtempSync(join(tmpdir(), "rostra-tests-"));
  const report = join(folder, "report.json");
  const args = [
    "run",
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...projects.map((project) => `--project=${project}`),
  ];
  try {
    say(`Running tests: ${projects.join(", ")} ...`);
    const code = await run(packageProgram("vitest"), [...args, ...filters], {
      env: environment(),
    });
    const results = JSON.parse(readFileSync(report, "utf8"));
    const { numPassedTests, numFailedTests, numTotalTests } = results;
    counts.complaints.push(...complaintsOf(results));
    counts.passed += numPassedTests;
    // A file that can't even be loaded fails the run without failing a test.
    counts.failed += Math.max(numFailedTests, code === 0 ? 0 : 1);
    counts.skipped += numTotalTests - numPassedTests - numFailedTests;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A line for each test that failed, and each file that couldn't be loaded.
 * @param {{ testResults: readonly { name: string, status: string, message: string, assertionResults: readonly
 *   { fullName: string, status: string, failureMessages: readonly string[] }[] }[] }} results as Vitest reports them
 * @returns {string[]}
 */
function complaintsOf({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [`${file}: ${firstLine(message)}`] : [];
    return failed.map(
      (test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`,
    );
  });
}

function firstLine(text = "") {
  return text.split("\n", 1)[0];
}
