import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const PROGRAM = fileURLToPath(new URL("./control-process.ts", import.meta.url));
const dataDirectory = join(await temporaryFolder(), "data");
/** Starting compiles PostgreSQL: most of a second, many on a machine that is busy with tests. */
const START_LIMIT_MS = 60_000;
const processes: ChildProcess[] = [];

afterEach(async () => {
  for (const child of processes.splice(0)) await end(child, "SIGKILL");
});

interface Started {
  readonly child: ChildProcess;
  readonly url?: string;
  readonly shown?: [string, { revision: number; state: string }][];
  readonly error?: string;
}

async function start(): Promise<Started> {
  const child = fork(PROGRAM, [dataDirectory], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  processes.push(child);
  const [message] = await once(child, "message");
  return { child, ...message };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

async function post(url: string, path: string, token?: string, body?: object) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function guestAt(url: string): Promise<string> {
  return (await post(url, "/api/v1/guests", undefined, { displayName: "Ann" })).body.token;
}

it("has everything that it had answered when it comes back from kill -9, twice over", {
  timeout: START_LIMIT_MS * 4,
}, async () => {
  let control = await start();
  const token = await guestAt(control.url!);
  const { body } = await post(control.url!, "/api/v1/spaces", token, { title: "Round 0" });
  let revision = 1;
  for (let round = 1; round <= 2; round += 1) {
    // Killed in the middle of a row of changes: what was answered must be there, what was on its
    // way may be.
    let answered = 0;
    const changes = (async () => {
      for (let index = 0; index < 200; index += 1) {
        const answer = await fetch(`${control.url}/api/v1/spaces/${body.id}`, {
          method: "PATCH",
          headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
          body: JSON.stringify({ title: `Round ${round}, change ${index}` }),
        });
        if (answer.status === 200) answered += 1;
        if (answered === 15 * round) control.child.kill("SIGKILL");
      }
    })();
    await expect(changes).rejects.toThrow();
    await end(control.child, "SIGKILL");
    control = await start();
    const [, space] = control.shown!.find(([key]) => key === `space/${body.id}`)!;
    expect(space.revision).toBeGreaterThanOrEqual(revision + answered);
    expect(space.revision).toBeLessThanOrEqual(revision + answered + 1);
    revision = space.revision;
  }
  // The key is the same, too: the host of before is the host now.
  const live = await post(control.url!, `/api/v1/spaces/${body.id}/live`, token);
  expect([live.status, live.body.state]).toEqual([200, "live"]);
});

it("keeps a second control out of its data folder, and lets one in when it has closed", {
  timeout: START_LIMIT_MS * 4,
}, async () => {
  const first = await start();
  const second = await start();
  expect(second.error).toMatch(new RegExp(`^another process \\(pid ${first.child.pid}\\)[^\\n]*$`));
  expect((await post(first.url!, "/api/v1/guests", undefined, { displayName: "a" })).status).toBe(
    201,
  );
  await end(first.child, "SIGTERM");
  expect(first.child.exitCode).toBe(0);
  expect((await start()).url).toBeDefined();
});
