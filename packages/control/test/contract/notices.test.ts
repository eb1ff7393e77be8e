import { type Notice, STATE_KEYS } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlWorld } from "./control-world.ts";

const world = await ControlWorld.begin();
beforeAll(() => world.start());
afterAll(() => world.stop());

async function openSpace() {
  const host = await world.guest("Ada");
  const id = await world.open(host);
  const shown = () => world.state.get(`${STATE_KEYS.notices}${id}`) as Notice | undefined;
  return { host, id, path: `/api/v1/spaces/${id}/notices`, shown };
}

describe("a notice", () => {
  it("goes to the edges, is replaced by the next, and is taken back", async () => {
    const { host, path, shown } = await openSpace();
    const body = { text: "  Back in   five minutes ", keepSeconds: 60 };
    const written = await world.call("POST", path, { as: host, body });
    expect(written).toMatchObject({ status: 201, body: { id: 1, text: "Back in five minutes" } });
    expect(Date.parse(written.body.until) - Date.parse(written.body.at)).toBe(60_000);
    expect(shown()).toMatchObject({ id: 1, text: "Back in five minutes" });
    await world.call("POST", path, { as: host, body: { text: "We are back" } });
    expect(shown()).toMatchObject({ id: 2, text: "We are back" });
    expect((await world.call("DELETE", path, { as: host })).status).toBe(204);
    expect(shown()).toMatchObject({ id: 3, text: "" });
    expect((await world.call("DELETE", path, { as: host })).status).toBe(204);
    expect(shown()).toMatchObject({ id: 3 });
  });

  it("is refused to listeners and speakers, and a cohost may write it", async () => {
    const { host, id, path } = await openSpace();
    const [speaker, cohost, listener] = [
      await world.guest("Speaker"),
      await world.guest("Cohost"),
      await world.guest("Listener"),
    ];
    await world.invite(id, host, speaker, "speaker");
    await world.invite(id, host, cohost, "cohost");
    const body = { text: "Hello" };
    const statusOf = async (as: typeof host) =>
      (await world.call("POST", path, { as, body })).status;
    expect(await statusOf(speaker)).toBe(403);
    expect(await statusOf(listener)).toBe(403);
    expect(await statusOf(cohost)).toBe(201);
    expect((await world.call("POST", path, { body })).status).toBe(401);
  });

  it.each([
    ["nothing in it", { text: "  " }],
    ["281 characters", { text: "x".repeat(281) }],
    ["a word of what isn't known", { text: "x", colour: "red" }],
    ["text that hides what is around it", { text: "a\u202eb" }],
    ["nine seconds", { text: "x", keepSeconds: 9 }],
    ["no text", {}],
  ])("with %s is refused in a line", async (_what, body) => {
    const { host, path, shown } = await openSpace();
    const refused = await world.call("POST", path, { as: host, body });
    expect(refused).toMatchObject({
      status: 400,
      body: { type: "urn:rostra:problem:bad-request" },
    });
    expect(refused.body.detail).not.toContain("\n");
    expect(shown()).toBeUndefined();
  });

  it("of 280 emoji is as long as may be", async () => {
    const { host, path } = await openSpace();
    const body = { text: "🎉".repeat(280) };
    expect((await world.call("POST", path, { as: host, body })).status).toBe(201);
  });

  it("goes with its space, and comes back with control", async () => {
    const { host, id, path, shown } = await openSpace();
    await world.call("POST", path, { as: host, body: { text: "Stay" } });
    await world.stop();
    world.state.delete(`${STATE_KEYS.notices}${id}`);
    await world.start();
    expect(shown()).toMatchObject({ id: 1, text: "Stay" });
    await world.call("POST", `/api/v1/spaces/${id}/end`, { as: host });
    expect(shown()).toBeUndefined();
    const late = await world.call("POST", path, { as: host, body: { text: "Late" } });
    expect(late.status).toBe(410);
  });
});

describe("the description of the API", () => {
  it("asks for no body where none is needed", async () => {
    const { paths } = (await world.call("GET", "/api/openapi.json")).body;
    for (const call of ["live", "stage", "mute-all"]) {
      expect(paths[`/api/v1/spaces/{id}/${call}`].post.requestBody.required, call).toBe(false);
    }
    expect(paths["/api/v1/spaces/{id}/notices"].post.requestBody.required).toBe(true);
  });
});
