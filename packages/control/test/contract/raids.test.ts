import { isRaid, type Raid, STATE_KEYS } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlWorld, type Person } from "./control-world.ts";

const world = await ControlWorld.begin();
beforeAll(() => world.start());
afterAll(() => world.stop());

async function space(isLive = true): Promise<{ host: Person; id: string; path: string }> {
  const host = await world.guest("Ada");
  const id = await world.open(host);
  if (isLive) await world.call("POST", `/api/v1/spaces/${id}/live`, { as: host });
  return { host, id, path: `/api/v1/spaces/${id}/raid` };
}

const shown = (id: string) => world.state.get(`${STATE_KEYS.raids}${id}`) as Raid | undefined;
const call = (method: string, path: string, as: Person, to?: string) =>
  world.call(method, path, { as, ...(to !== undefined && { body: { to } }) });

describe("a raid", () => {
  it("is announced to both rooms, with time to say no", async () => {
    const [one, other] = [await space(), await space()];
    const beforeMs = Date.now();
    const called = await call("POST", one.path, one.host, other.id);
    expect(called.status).toBe(201);
    expect(called.body).toMatchObject({ to: other.id, listeners: 0, spreadSeconds: 2 });
    expect(Date.parse(called.body.startsAt) - beforeMs).toBeGreaterThanOrEqual(10_000);
    expect(isRaid(shown(one.id))).toBe(true);
    expect(shown(one.id)).toMatchObject({ from: one.id, to: other.id, spreadMs: 2_000 });
  });

  it.each(["one", "other"] as const)("is called off by the host of the %s space", async (which) => {
    const spaces = { one: await space(), other: await space() };
    await call("POST", spaces.one.path, spaces.one.host, spaces.other.id);
    const { host, path } = spaces[which];
    expect((await call("DELETE", path, host)).status).toBe(204);
    expect(shown(spaces.one.id)).toBeUndefined();
    expect((await call("DELETE", path, host)).status).toBe(204);
  });

  it("is the host's to call, and no listener's to call off", async () => {
    const [one, other] = [await space(), await space()];
    const cohost = await world.guest("Cohost");
    await world.invite(one.id, one.host, cohost, "cohost");
    expect((await call("POST", one.path, cohost, other.id)).status).toBe(403);
    expect((await call("POST", one.path, other.host, other.id)).status).toBe(403);
    await call("POST", one.path, one.host, other.id);
    const listener = await world.guest("Listener");
    expect((await call("DELETE", one.path, listener)).status).toBe(403);
    expect(shown(one.id)).toBeDefined();
    expect((await call("DELETE", one.path, cohost)).status).toBe(204);
  });

  it("goes from a live space to another live one, and takes part in no second raid", async () => {
    const [one, other, third, quiet] = [
      await space(),
      await space(),
      await space(),
      await space(false),
    ];
    const statusOf = async (from: typeof one, to: string) =>
      (await call("POST", from.path, from.host, to)).status;
    expect(await statusOf(one, one.id)).toBe(400);
    expect(await statusOf(one, quiet.id)).toBe(409);
    expect(await statusOf(quiet, one.id)).toBe(409);
    expect(await statusOf(one, "0000000000000000")).toBe(404);
    expect(await statusOf(one, other.id)).toBe(201);
    expect(await statusOf(one, third.id)).toBe(409);
    expect(await statusOf(third, other.id)).toBe(409);
    expect(await statusOf(other, third.id)).toBe(409);
    await world.call("POST", `/api/v1/spaces/${third.id}/end`, { as: third.host });
    expect(await statusOf(third, quiet.id)).toBe(410);
  });

  it("is one of two where two that share a space are called at once", async () => {
    const [a, b, c] = [await space(), await space(), await space()];
    const called = await Promise.all([
      call("POST", a.path, a.host, b.id),
      call("POST", b.path, b.host, c.id),
      call("POST", c.path, c.host, a.id),
    ]);
    expect(called.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    const stand = [a, b, c].filter(({ id }) => shown(id) !== undefined);
    expect(stand).toHaveLength(1);
  });
});
