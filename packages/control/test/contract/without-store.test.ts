import { spawn } from "node:child_process";
import { once } from "node:events";
import { memoryRelay } from "@rostra/relay";
import { PostgresServer } from "@rostra/testkit";
import { type SpaceSnapshot, STATE_KEYS, systemClock } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Control, createControl } from "../../src/index.ts";

// Two controls on one PostgreSQL, which is killed: what hosts take away holds at once, everything
// that has to be kept is refused, and nothing is lost or comes back when the database does.

const WITHIN = { timeout: 10_000, interval: 20 };
const relays = memoryRelay();
const shown = new Map<string, unknown>();
let postgres: PostgresServer;
let controls: Control[];

const start = (name: string) =>
  createControl({
    name,
    relay: relays.join(),
    clock: systemClock,
    log: pino({ level: "silent" }),
    metrics: new Registry(),
    http: { host: "127.0.0.1", port: 0 },
    dataDirectory: "/nonexistent",
    databaseUrl: postgres.url,
    publicUrl: null,
    rateLimits: "off",
  });

beforeAll(async () => {
  relays.join().watch("", (key, value) => {
    if (value === undefined) shown.delete(key);
    else shown.set(key, value);
  });
  postgres = await PostgresServer.start();
  controls = [await start("control-1"), await start("control-2")];
});

afterAll(async () => {
  await Promise.all(controls.map((control) => control.close()));
  await postgres.stop();
});

interface Person {
  readonly id: string;
  readonly token: string;
}

async function call(at: number, method: string, path: string, as?: Person, body?: object) {
  const response = await fetch(`${controls[at]!.url}/api/v1${path}`, {
    method,
    headers: {
      ...(as && { authorization: `Bearer ${as.token}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}

async function guest(displayName: string): Promise<Person> {
  const { body } = await call(0, "POST", "/guests", undefined, { displayName });
  return { token: body.token, id: body.user.id };
}

function space(id: string): SpaceSnapshot {
  return shown.get(STATE_KEYS.spaces + id) as SpaceSnapshot;
}

/** Who is on stage, as stages and edges are told: a small letter for those who are muted. */
function stage(id: string): string {
  const names = space(id).members.map(({ displayName, muted }) =>
    muted ? displayName.toLowerCase() : displayName,
  );
  return names.sort((a, b) => a.localeCompare(b)).join(" ");
}

it("silences and removes people at once while the database is down, and keeps it afterwards", async () => {
  const [ada, bob, cy, dee] = await Promise.all(["Ada", "Bob", "Cy", "Dee"].map(guest));
  const { body: opened } = await call(0, "POST", "/spaces", ada, { title: "Without a store" });
  const path = `/spaces/${opened.id}`;
  await call(0, "POST", `${path}/live`, ada);
  const link = await call(0, "POST", `${path}/invitations`, ada, { role: "speaker" });
  const { invitation } = link.body;
  for (const each of [bob, cy, dee]) {
    expect((await call(0, "POST", `${path}/stage`, each, { invitation })).status).toBeLessThan(300);
  }
  expect(stage(opened.id)).toBe("Ada Bob Cy Dee");
  // Both controls know the space.
  await expect
    .poll(async () => (await call(1, "GET", path)).body.stage?.length ?? 4, WITHIN)
    .toBe(4);
  const before = space(opened.id).revision;

  await postgres.kill();
  const on = (person: Person) => `${path}/stage/${person.id}`;
  const muted = await call(0, "PATCH", on(bob!), ada, { muted: true });
  expect(muted.status).toBe(200);
  expect(stage(opened.id)).toBe("Ada bob Cy Dee");
  // The other control goes on from there, whatever it last read itself.
  expect((await call(1, "DELETE", on(cy!), ada)).status).toBe(204);
  await expect.poll(() => stage(opened.id), WITHIN).toBe("Ada bob Dee");
  expect((await call(1, "PATCH", on(dee!), ada, { micLocked: true })).status).toBe(200);
  await expect.poll(() => stage(opened.id), WITHIN).toBe("Ada bob dee");
  // Rights are looked at as ever.
  expect((await call(0, "PATCH", on(ada!), bob, { muted: true })).status).toBe(403);

  // Reading and new guests need no store; what has to be kept is refused in a line.
  const works = await Promise.all([
    call(0, "GET", "/spaces"),
    call(0, "GET", path),
    call(0, "POST", "/guests", undefined, { displayName: "Eve" }),
    call(0, "POST", `${path}/invitations`, ada, { role: "speaker" }),
  ]);
  expect(works.map(({ status }) => status)).toEqual([200, 200, 201, 201]);
  const refused = await Promise.all([
    call(0, "POST", "/spaces", ada, { title: "New" }),
    call(0, "PATCH", path, ada, { title: "Other" }),
    call(0, "POST", `${path}/end`, ada),
    call(0, "PATCH", on(bob!), bob, { muted: false }),
    call(0, "PATCH", on(bob!), ada, { role: "cohost" }),
    call(0, "POST", `${path}/stage`, cy, { invitation }),
    call(0, "DELETE", on(dee!), dee),
    call(0, "POST", `${path}/host`, ada, { userId: bob!.id }),
    call(0, "PUT", `${path}/hand`, cy),
    call(0, "PUT", `${path}/blocks/${cy!.id}`, ada),
    call(0, "POST", `${path}/notices`, ada, { text: "Hello" }),
    call(0, "GET", "/blocks", ada),
    call(0, "PUT", `/blocks/${cy!.id}`, ada),
    call(0, "GET", "/spaces/0000000000000000"),
  ]);
  for (const { status, headers, body } of refused) {
    expect([status, body.type]).toEqual([503, "urn:rostra:problem:unavailable"]);
    expect(body.detail).toMatch(/^[^\n]+: try again soon$/);
    expect(headers.get("retry-after")).toBe("2");
  }
  expect(stage(opened.id)).toBe("Ada bob dee");

  await postgres.restart();
  // Written down by themselves, with revisions above what was shown.
  await expect.poll(() => shown.has(STATE_KEYS.unsavedAll + opened.id), WITHIN).toBe(false);
  expect(stage(opened.id)).toBe("Ada bob dee");
  expect(space(opened.id).revision).toBeGreaterThan(before + 2);
  // The link from before the removal is dead, a muted one may unmute, a locked one may not.
  expect((await call(1, "POST", `${path}/stage`, cy, { invitation })).status).toBe(403);
  expect((await call(1, "PATCH", on(bob!), bob, { muted: false })).status).toBe(200);
  expect((await call(0, "PATCH", on(dee!), dee, { muted: false })).status).toBe(403);
  await expect.poll(() => stage(opened.id), WITHIN).toBe("Ada Bob dee");
}, 60_000);

it("does not wait for a database that hangs, and the change that hung takes nothing back", async () => {
  const [ada, bob] = await Promise.all(["Ada", "Bob"].map(guest));
  const { body: opened } = await call(0, "POST", "/spaces", ada, { title: "Hangs" });
  const path = `/spaces/${opened.id}`;
  const link = await call(0, "POST", `${path}/invitations`, ada, { role: "speaker" });
  await call(0, "POST", `${path}/stage`, bob, { invitation: link.body.invitation });
  // Somebody else holds the space's row: whoever wants to change it waits.
  const holder = spawn("psql", ["-q", postgres.url], { stdio: ["pipe", "pipe", "inherit"] });
  holder.stdin.write("begin; select 'held' from spaces for update;\n");
  await once(holder.stdout, "data");
  const muted = await call(0, "PATCH", `${path}/stage/${bob!.id}`, ada, { muted: true });
  expect(muted.status).toBe(200);
  expect(stage(opened.id)).toBe("Ada bob");
  holder.stdin.end("rollback;\n");
  await once(holder, "exit");
  await expect.poll(() => shown.has(STATE_KEYS.unsavedAll + opened.id), WITHIN).toBe(false);
  expect(stage(opened.id)).toBe("Ada bob");
  expect((await call(1, "PATCH", `${path}/stage/${bob!.id}`, bob, { muted: false })).status).toBe(
    200,
  );
  await expect.poll(() => stage(opened.id), WITHIN).toBe("Ada Bob");
}, 60_000);

it("lets nobody back unmuted when the control that muted them is gone before the database is back", async () => {
  const [ada, bob] = await Promise.all(["Ada", "Bob"].map(guest));
  const { body: opened } = await call(0, "POST", "/spaces", ada, { title: "Gone" });
  const path = `/spaces/${opened.id}`;
  await call(0, "POST", `${path}/live`, ada);
  const link = await call(0, "POST", `${path}/invitations`, ada, { role: "speaker" });
  await call(0, "POST", `${path}/stage`, bob, { invitation: link.body.invitation });
  await postgres.kill();
  await call(0, "POST", `${path}/mute-all`, ada);
  expect(stage(opened.id)).toBe("Ada bob");
  await Promise.all(controls.map((control) => control.close()));
  await postgres.restart();
  controls = [await start("control-3"), await start("control-4")];
  await expect.poll(() => shown.has(STATE_KEYS.unsavedAll + opened.id), WITHIN).toBe(false);
  expect(stage(opened.id)).toBe("Ada bob");
  expect((await call(1, "GET", path)).body.stage ?? []).not.toContainEqual(
    expect.objectContaining({ id: bob!.id, muted: false }),
  );
}, 60_000);
