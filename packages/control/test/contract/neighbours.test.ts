import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresWorld } from "./postgres-world.ts";

const WITHIN = { timeout: 5_000, interval: 10 };

const world = await PostgresWorld.begin();
beforeAll(() => world.start("control-1", "control-2"));
afterAll(() => world.stop());

describe("two controls on one database", () => {
  it("take each other's tokens and go on with each other's spaces, hands and all", async () => {
    const [host, fan] = [await world.guest("Ada"), await world.guest("Bea")];
    const { id } = (await world.call(0, "POST", "/spaces", host, { title: "Ours" })).body;
    const state = async (at: number) => (await world.call(at, "GET", `/spaces/${id}`)).body.state;
    await expect.poll(() => state(1), WITHIN).toBe("backstage");
    await world.call(1, "POST", `/spaces/${id}/live`, host);
    await expect.poll(() => state(0), WITHIN).toBe("live");
    await world.call(0, "PUT", `/spaces/${id}/hand`, fan);
    const hands = async () => (await world.call(1, "GET", `/spaces/${id}/hands`, host)).body.hands;
    await expect.poll(async () => (await hands()).length, WITHIN).toBe(1);
  });

  it("lose no change that both make at once, and show the last of them", async () => {
    const host = await world.guest("Ada");
    const { id } = (await world.call(0, "POST", "/spaces", host, { title: "Both" })).body;
    const title = async (at: number) => (await world.call(at, "GET", `/spaces/${id}`)).body.title;
    await expect.poll(() => title(1), WITHIN).toBe("Both");
    // Few enough that none waits for the store until it is made without it.
    const changes = Array.from({ length: 20 }, (_, count) =>
      world.call(count % 2, "PATCH", `/spaces/${id}`, host, { title: `Title ${count}` }),
    );
    const statuses = (await Promise.all(changes)).map(({ status }) => status);
    expect(statuses).toEqual(Array(20).fill(200));
    await expect.poll(() => world.space(id).revision, WITHIN).toBe(21);
    await expect
      .poll(async () => [await title(0), await title(1)], WITHIN)
      .toEqual(Array(2).fill(world.space(id).title));
  });

  it("are told when one of them has another database, whose tokens would be worth nothing here", async () => {
    execFileSync("psql", [world.postgres.url, "-qc", "create database other"]);
    const other = world.postgres.url.replace(/[^/]*$/, "other");
    await expect(world.control("control-3", other)).rejects.toMatchObject({
      code: "other-key",
      message: expect.stringMatching(/^control-[12] of this fleet signs [^\n]+ROSTRA_DATABASE_URL/),
    });
    const host = await world.guest("Ada");
    const opened = await world.call(1, "POST", "/spaces", host, { title: "Still" });
    expect(opened.status).toBe(201);
  });
});
