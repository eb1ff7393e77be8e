import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RostraProcess, TestApi, type TestGuest } from "@rostra/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CrowdReport } from "../../src/crowd/report/report.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** The command as a person starts it. @param onLine may end it */
function rostra(
  args: readonly string[],
  onLine: (line: string, interrupt: () => void) => void = () => {},
) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const take = (data: Buffer) => {
    output += data.toString();
    for (const line of data.toString().split("\n")) onLine(line, () => child.kill("SIGINT"));
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise<Run>((resolve) => child.once("exit", (code) => resolve({ code, output })));
}

describe("rostra crowd", () => {
  let server: RostraProcess;
  let api: TestApi;
  let host: TestGuest;
  let folder: string;

  beforeAll(async () => {
    server = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
    api = new TestApi(server.url);
    host = await api.guest("Ada");
    folder = await mkdtemp(join(tmpdir(), "rostra-crowd-"));
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function openLink(): Promise<{ id: string; link: string }> {
    const space = await api.openSpace(host, 'A <b>"crowd"</b>');
    await api.goLive(host, space.id);
    return { id: space.id, link: `${server.url}/s/${space.id}` };
  }

  async function reportOf(file: string): Promise<CrowdReport> {
    return JSON.parse(await readFile(file, "utf8")) as CrowdReport;
  }

  it("brings fifty listeners of each protocol to a space, all of whom hear all of it", async () => {
    const { link } = await openLink();
    const [json, html] = [join(folder, "all.json"), join(folder, "all.html")];
    const asked = "--listeners 150 --protocol ws,ogg,hls --ramp steady:2 --minutes 0.2 --decode 9";
    const run = await rostra(["crowd", link, ...asked.split(" "), "--json", json, "--html", html]);
    expect(run).toMatchObject({ code: 0 });
    const report = await reportOf(json);
    expect(report.steady).toMatchObject({ planned: 150, started: 150, heard: 150, lost: 0 });
    for (const name of ["ws", "ogg", "hls"] as const) {
      expect(report.groups[name], name).toMatchObject({ heard: 50, lost: 0, closed: {} });
      expect(report.groups[name]?.chunks).toBeGreaterThan(50 * 20);
    }
    expect(report.heard).toMatchObject({ listeners: 9, whole: 9 });
    expect(report.heard?.worstCorrelation).toBeGreaterThan(0.999);
    expect(report.heard?.each.map(({ protocol }) => protocol).sort()).toEqual([
      ...["hls", "hls", "hls"],
      ...["ogg", "ogg", "ogg"],
      ...["ws", "ws", "ws"],
    ]);
    expect(report.series.at(-1)?.listening).toBe(150);
    const page = await readFile(html, "utf8");
    expect(page).toContain("A &lt;b&gt;&quot;crowd&quot;&lt;/b&gt;");
    expect(page.match(/<svg /g)).toHaveLength(7);
    // Nothing is loaded from anywhere, and nothing runs.
    expect(page).not.toMatch(/<script|<link|src=|url\(/);
  });

  it("misses no frame while an edge is killed under it", async () => {
    const { link } = await openLink();
    const json = join(folder, "killed.json");
    let killed = false;
    const asked = "--listeners 60 --ramp steady:1 --minutes 0.12 --decode 20".split(" ");
    const run = await rostra(["crowd", link, ...asked, "--json", json], (line) => {
      if (killed || !line.includes("60 of 60 listen")) return;
      killed = true;
      server.kill("edge-1");
    });
    expect([run.code, killed]).toEqual([0, true]);
    const report = await reportOf(json);
    expect(report.steady).toMatchObject({ heard: 60, lost: 0, skippedFrames: 0 });
    expect(Object.keys(report.steady.closed).length).toBeGreaterThan(0);
    expect(report.heard).toMatchObject({ listeners: 20, whole: 20 });
    expect(report.series.at(-1)?.listening).toBe(60);
  });

  it("tells what it has seen so far when it is interrupted", async () => {
    const { link } = await openLink();
    const json = join(folder, "interrupted.json");
    const asked = ["--listeners", "5", "--ramp", "storm", "--minutes", "60", "--json", json];
    const run = await rostra(["crowd", link, ...asked], (line, interrupt) => {
      if (line.includes("5 of 5 listen")) interrupt();
    });
    expect(run.code).toBe(0);
    expect(run.output).toContain("cut short");
    expect(await reportOf(json)).toMatchObject({ cutShort: true, steady: { heard: 5 } });
  });

  it("goes home when the space ends", async () => {
    const { id, link } = await openLink();
    const json = join(folder, "ended.json");
    let ended: Promise<unknown> | undefined;
    const asked = ["--listeners", "6", "--protocol", "ws", "--minutes", "60", "--ramp", "storm"];
    const run = await rostra(["crowd", link, ...asked, "--json", json], (line) => {
      if (line.includes("6 of 6 listen")) ended ??= api.end(host, id);
    });
    await ended;
    expect(run.code).toBe(0);
    expect((await reportOf(json)).steady.closed).toEqual({ "close 4000, bye ended": 6 });
  });

  it("says in one line why it can't begin", async () => {
    const nowhere = `${server.url}/s/0123456789abcdef`;
    expect(await rostra(["crowd", nowhere])).toEqual({
      code: 1,
      output: `rostra crowd: ${server.url} says 404: there is no such space\n`,
    });
    const { link } = await openLink();
    const { code, output } = await rostra(["crowd", link, "--listeners", "many"]);
    expect(code).toBe(1);
    expect(output).toBe(
      "rostra crowd: --listeners must be a whole number from 1 to 1000000, not 'many'\n",
    );
  });
});
