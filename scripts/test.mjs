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
/**
 * So many files that have failed are run once more, alone. Where a machine stood still for a moment, one or two
 * fail that pass then, and are named all the same; more than that is no moment.
 */
const MOST_AGAIN = 2;

runScript(async () => {
  await ensureInstalled();
  await ensureTools();
  await ensureSite();
  say("Checking types, style and dead code ...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const checked = await run(npm, ["run", "--silent", "check"], { env: environment() });
  const counts = { passed: 0, failed: 0, skipped: 0, lines: [] };
  for (const projects of STAGES) await runTests(projects, process.argv.slice(2), counts);
  const { passed, failed, skipped, lines } = counts;
  if (checked !== 0) say("The checks failed: see above.");
  // Again, at the end: what was said of them lies far above.
  for (const line of lines) say(line);
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return checked === 0 && failed === 0 && passed > 0 ? 0 : 1;
});

/**
 * Runs some of the projects and adds to the counts.
 * @param {readonly string[]} projects
 * @param {readonly string[]} filters handed on to Vitest
 * @param {{ passed: number, failed: number, skipped: number, lines: string[] }} counts
 */
async function runTests(projects, filters, counts) {
  say(`Running tests: ${projects.join(", ")} ...`);
  let { code, files } = await runVitest(projects, filters);
  const failed = files.filter(hasFailed);
  if (failed.length > 0 && failed.length <= MOST_AGAIN) {
    say(`Running again, alone: ${failed.map(nameOf).join(", ")} ...`);
    const again = await runVitest(projects, failed.map(nameOf));
    const good = new Set(again.files.filter((file) => !hasFailed(file)).map(({ name }) => name));
    const unsteady = failed.filter(({ name }) => good.has(name));
    counts.lines.push(...unsteady.flatMap(complaintsOf).map((line) => `UNSTEADY ${line}`));
    const replaced = new Map(again.files.map((file) => [file.name, file]));
    files = files.map((file) => replaced.get(file.name) ?? file);
    code = again.code;
  }
  counts.lines.push(...files.flatMap(complaintsOf).map((line) => `FAILED ${line}`));
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const passes = tests.filter(({ status }) => status === "passed").length;
  const fails = tests.filter(({ status }) => status === "failed").length;
  counts.passed += passes;
  // A file that can't even be loaded fails the run without failing a test.
  counts.failed += Math.max(fails, code === 0 ? 0 : 1);
  counts.skipped += tests.length - passes - fails;
}

/**
 * @typedef {{ name: string, status: string, message: string, assertionResults: readonly
 *   { fullName: string, status: string, failureMessages: readonly string[] }[] }} TestFile as Vitest reports it
 */

/**
 * @param {readonly string[]} projects
 * @param {readonly string[]} filters
 * @returns {Promise<{ code: number, files: readonly TestFile[] }>}
 */
async function runVitest(projects, filters) {
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
    const code = await run(packageProgram("vitest"), [...args, ...filters], {
      env: environment(),
    });
    return { code, files: JSON.parse(readFileSync(report, "utf8")).testResults };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {TestFile} file */
function nameOf({ name }) {
  return relative(process.cwd(), name);
}

/** @param {TestFile} file */
function hasFailed({ status, assertionResults }) {
  return status === "failed" || assertionResults.some((test) => test.status === "failed");
}

/**
 * A line for each of its tests that failed, or for the file where that couldn't be loaded.
 * @param {TestFile} testFile
 * @returns {string[]}
 */
function complaintsOf(testFile) {
  const { message, assertionResults } = testFile;
  const file = nameOf(testFile);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return hasFailed(testFile) ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map((test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
}

function firstLine(text = "") {
  return text.split("\n", 1)[0];
}
