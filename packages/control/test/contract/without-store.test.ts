import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Relay } from "@rostra/relay";
import { STATE_KEYS } from "@rostra/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Person, PostgresWorld } from "./postgres-world.ts";

// Two controls on one PostgreSQL, which is killed: spaces that are there go on with all that people do
// in them, whichever control they ask; what needs the store for good is refused; and nothing is lost
// or comes back when the database does.

const WITHIN = { timeout: 10_000, interval: 20 };
const world = await PostgresWorld.begin();
beforeAll(() => world.start("control-1", "control-2"));
afterAll(() => world.stop());

/** A live space with these on stage, its host first; both controls know it. */
async function live(...names: string[]) {
  const people = await Promise.all(names.map((name) => world.guest(name)));
  const [host, ...others] = people;
  const { body: opened } = await world.call(0, "POST", "/spaces", host, { title: "Ours" });
  const path = `/spaces/${opened.id}`;
  await world.call(0, "POST", `${path}/live`, host);
  const made = await world.call(0, "POST", `${path}/invitations`, host, { role: "speaker" });
  const { invitation } = made.body;
  for (const each of others) await world.call(0, "POST", `${path}/stage`, each, { invitation });
  const known = async () => (await world.call(1, "GET", path)).body.stage.length;
  await expect.poll(known, WITHIN).toBe(names.length);
  return { people, id: opened.id as string, path, invitation };
}

/** What stages and edges are told, in a moment: those who are muted with a small letter. */
const shows = (id: string, stage: string) => expect.poll(() => world.stage(id), WITHIN).toBe(stage);

const isWaiting = (id: string) =>
  world.shown.has(STATE_KEYS.aheadAll + id) || world.shown.has(STATE_KEYS.unsavedAll + id);

it("goes on with a space while the database is down, at either control, and keeps it all afterwards", async () => {
  const { people, id, path, invitation } = await live("Ada", "Bob", "Cy", "Dee");
  const [ada, bob, cy, dee] = people as [Person, Person, Person, Person];
  const [eve, fay] = [await world.guest("Eve"), await world.guest("Fay")];
  const on = (person: Person) => `${path}/stage/${person.id}`;
  const before = world.space(id).revision;
  const does = async (at: number, method: string, to: string, as: Person, body?: object) =>
    (await world.call(at, method, to, as, body)).status;

  await world.postgres.kill();
  expect(await does(0, "PATCH", on(bob), ada, { muted: true })).toBe(200);
  await shows(id, "Ada bob Cy Dee");
  // The second control silences at once, and has everything else decided by the first.
  expect(await does(1, "DELETE", on(cy), ada)).toBe(204);
  await shows(id, "Ada bob Dee");
  expect(await does(1, "PATCH", on(dee), ada, { micLocked: true })).toBe(200);
  await shows(id, "Ada bob dee");
  expect(await does(1, "PATCH", on(bob), bob, { muted: false })).toBe(200);
  await shows(id, "Ada Bob dee");
  // Rights are looked at as ever, by whoever decides.
  for (const at of [0, 1]) {
    expect(await does(at, "PATCH", on(ada), bob, { muted: true })).toBe(403);
    expect(await does(at, "PATCH", on(dee), dee, { muted: false })).toBe(403);
    expect(await does(at, "POST", `${path}/stage`, cy, { invitation })).toBe(403);
  }

  // Every other thing that people do, now at one control and now at the other.
  const done = [
    await does(0, "PATCH", on(bob), ada, { role: "cohost" }),
    await does(1, "PUT", `${path}/hand`, eve),
    await does(0, "PUT", `${path}/hand`, fay),
    await does(1, "DELETE", `${path}/hands/${fay.id}`, bob),
    await does(1, "POST", `${path}/invitations`, ada, { role: "speaker", userId: eve.id }),
    // Without a body, at the control that has it decided by the other.
    await does(1, "POST", `${path}/stage`, eve),
    await does(1, "POST", `${path}/stage`, fay, { invitation }),
    await does(1, "PATCH", on(eve), bob, { channel: "backstage" }),
    await does(0, "DELETE", on(fay), fay),
    await does(1, "POST", `${path}/host`, ada, { userId: bob.id }),
    await does(0, "PATCH", on(ada), bob, { role: "speaker" }),
    await does(1, "POST", `${path}/notices`, bob, { text: "Hello" }),
    await does(1, "PUT", `${path}/blocks/${fay.id}`, bob),
    await does(0, "PATCH", path, bob, { title: "Other" }),
  ];
  expect(done).toEqual([200, 200, 200, 204, 201, 200, 200, 200, 204, 200, 200, 201, 204, 200]);
  const roles = () => world.space(id).members.map((each) => `${each.displayName} ${each.role}`);
  expect(roles()).toEqual(["Ada speaker", "Bob host", "Dee speaker", "Eve speaker"]);
  expect(isWaiting(id)).toBe(true);

  // What needs the store for good is refused in a line; reading and new guests need none.
  const [works, refused] = [
    [await does(0, "GET", "/spaces", ada), await does(1, "GET", path, ada)],
    await Promise.all([
      world.call(0, "POST", "/spaces", ada, { title: "New" }),
      world.call(0, "GET", "/blocks", ada),
      world.call(1, "PUT", `/blocks/${cy.id}`, ada),
      world.call(1, "GET", "/spaces/0000000000000000"),
    ]),
  ];
  expect(works).toEqual([200, 200]);
  for (const { status, headers, body } of refused) {
    expect([status, body.type]).toEqual([503, "urn:rostra:problem:unavailable"]);
    expect(body.detail).toMatch(/^[^\n]+: try again soon$/);
    expect(headers.get("retry-after")).toBe("2");
  }

  await world.postgres.restart();
  // Written down by themselves, with revisions above what was shown.
  await expect.poll(() => isWaiting(id), WITHIN).toBe(false);
  expect(world.space(id).revision).toBeGreaterThan(before + 10);
  // By a control that has nothing but the store: all of it is there.
  await world.stopControls();
  const relay = await world.join();
  relay.put(STATE_KEYS.spaces + id, undefined);
  await relay.flush();
  await world.start("control-1", "control-2");
  expect(world.space(id).title).toBe("Other");
  expect(roles()).toEqual(["Ada speaker", "Bob host", "Dee speaker", "Eve speaker"]);
  await shows(id, "Ada Bob dee Eve");
  expect(await does(0, "POST", `${path}/stage`, cy, { invitation })).toBe(403);
  expect(await does(1, "PUT", `${path}/hand`, fay)).toBe(403);
  expect(await does(0, "PATCH", on(dee), dee, { muted: false })).toBe(403);
  expect(await does(1, "PATCH", on(eve), eve, { channel: "air" })).toBe(403);
}, 60_000);

it("does not wait for a database that hangs, and the change that hung takes nothing back", async () => {
  const { people, id, path } = await live("Ada", "Bob");
  const [ada, bob] = people as [Person, Person];
  // Somebody else holds the space's row: whoever wants to change it waits.
  const holder = spawn("psql", ["-q", world.postgres.url], { stdio: ["pipe", "pipe", "inherit"] });
  holder.stdin.write("begin; select 'held' from spaces for update;\n");
  await once(holder.stdout, "data");
  const to = `${path}/stage/${bob.id}`;
  expect((await world.call(0, "PATCH", to, ada, { muted: true })).status).toBe(200);
  await shows(id, "Ada bob");
  expect((await world.call(1, "PATCH", to, bob, { muted: false })).status).toBe(200);
  await shows(id, "Ada Bob");
  holder.stdin.end("rollback;\n");
  await once(holder, "exit");
  await expect.poll(() => isWaiting(id), WITHIN).toBe(false);
  await shows(id, "Ada Bob");
}, 60_000);

it("lets nobody back unmuted when the control that muted them is gone before the database is back", async () => {
  const { people, id, path } = await live("Ada", "Bob", "Cy");
  const [ada, bob] = people as [Person, Person];
  await world.postgres.kill();
  await world.call(0, "POST", `${path}/mute-all`, ada);
  await shows(id, "Ada bob cy");
  // The control that decides goes: the other one goes on from where it was.
  await world.controls.shift()!.close();
  const own = await world.call(0, "PATCH", `${path}/stage/${bob.id}`, bob, { muted: false });
  expect(own.status).toBe(200);
  await shows(id, "Ada Bob cy");
  await world.stopControls();
  await world.postgres.restart();
  await world.start("control-3", "control-4");
  await expect.poll(() => isWaiting(id), WITHIN).toBe(false);
  await shows(id, "Ada Bob cy");
}, 60_000);

it("gives a space another stage while the database is down, once, whichever control sees it first", async () => {
  const enter = async (relay: Relay, name: string, isDraining = false) => {
    const entry = { role: "stage", name, url: "http://127.0.0.1:1", pid: 1, isDraining };
    relay.put(STATE_KEYS.service(name), entry, { ephemeral: true });
    await relay.flush();
  };
  const stage = async (name: string) => {
    const relay = await world.join();
    await enter(relay, name);
    return relay;
  };
  const first = await stage("stage-a");
  const { people, id, path } = await live("Ada", "Bob");
  const [ada, bob] = people as [Person, Person];
  await expect.poll(() => world.space(id).stageName, WITHIN).toBe("stage-a");
  await world.postgres.kill();
  await world.call(0, "PATCH", `${path}/stage/${bob.id}`, ada, { muted: true });
  const second = await stage("stage-b");
  await first.close();
  await expect.poll(() => world.space(id).stageName, WITHIN).toBe("stage-b");
  expect([world.space(id).term, world.stage(id)]).toEqual([1, "Ada bob"]);
  // One that drains is left as well; who doesn't decide has nothing to complain of.
  const third = await stage("stage-c");
  await enter(second, "stage-b", true);
  await expect.poll(() => world.space(id).secondStageName, WITHIN).toBe("stage-c");
  expect(world.warnings.filter((line) => line.includes("can't leave its stage"))).toEqual([]);
  await world.postgres.restart();
  await expect.poll(() => isWaiting(id), WITHIN).toBe(false);
  const { stageName, secondStageName } = world.space(id);
  expect([stageName, secondStageName]).toContain("stage-c");
  await Promise.all([second.close(), third.close()]);
}, 60_000);

it("loses none of many changes that come at once to both controls while the database is down", async () => {
  const { people, id, path } = await live("Ada");
  const names = Array.from({ length: 30 }, (_, count) => `Fan ${count}`);
  const fans = await Promise.all(names.map((name) => world.guest(name)));
  await world.postgres.kill();
  const raised = await Promise.all(
    fans.map((fan, count) => world.call(count % 2, "PUT", `${path}/hand`, fan)),
  );
  const places = raised.map(({ status, body }) => [status, body.position]);
  expect(places.toSorted(([, a], [, b]) => a - b)).toEqual(
    fans.map((_, count) => [200, count + 1]),
  );
  await world.postgres.restart();
  await expect.poll(() => isWaiting(id), WITHIN).toBe(false);
  for (const at of [0, 1]) {
    const hands = async () => (await world.call(at, "GET", `${path}/hands`, people[0])).body.hands;
    await expect.poll(async () => (await hands()).length, WITHIN).toBe(30);
  }
}, 60_000);
