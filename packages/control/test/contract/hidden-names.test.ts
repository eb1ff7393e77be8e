import { newUserId, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlWorld } from "./control-world.ts";

const world = await ControlWorld.begin();
beforeAll(() => world.start());
afterAll(() => world.stop());

async function openSpace() {
  const host = await world.guest("Ada");
  const id = (await world.open(host)) as SpaceId;
  const shown = () => world.state.get(STATE_KEYS.hiddenNames(id));
  return { host, id, path: `/api/v1/spaces/${id}/hidden-names`, shown };
}

describe("a listener's name", () => {
  it("is hidden at the edges, remembered with its space, and shown again", async () => {
    const { host, id, path, shown } = await openSpace();
    const rude = newUserId();
    const hide = { as: host, body: { displayName: "  Very   rude " } };
    expect((await world.call("PUT", `${path}/${rude}`, hide)).status).toBe(204);
    expect((await world.call("PUT", `${path}/${rude}`, hide)).status).toBe(204);
    expect(shown()).toEqual([rude]);
    const listed = await world.call("GET", path, { as: host });
    expect(listed.body).toEqual({ users: [{ id: rude, displayName: "Very rude" }] });
    await world.stop();
    world.state.delete(STATE_KEYS.hiddenNames(id));
    await world.start();
    expect(shown()).toEqual([rude]);
    expect((await world.call("DELETE", `${path}/${rude}`, { as: host })).status).toBe(204);
    expect(shown()).toEqual([]);
    await world.call("PUT", `${path}/${rude}`, hide);
    await world.call("POST", `/api/v1/spaces/${id}/end`, { as: host });
    expect(shown()).toBeUndefined();
  });

  it("is hidden by cohosts too, and by nobody else", async () => {
    const { host, id, path } = await openSpace();
    const [speaker, cohost, listener] = [
      await world.guest("Speaker"),
      await world.guest("Cohost"),
      await world.guest("Listener"),
    ];
    await world.invite(id, host, speaker, "speaker");
    await world.invite(id, host, cohost, "cohost");
    const target = `${path}/${listener.id}`;
    const hide = async (as: typeof host) =>
      (await world.call("PUT", target, { as, body: { displayName: "Listener" } })).status;
    expect(await hide(speaker)).toBe(403);
    expect(await hide(listener)).toBe(403);
    expect((await world.call("GET", path, { as: listener })).status).toBe(403);
    expect(await hide(cohost)).toBe(204);
    expect((await world.call("DELETE", target, { as: listener })).status).toBe(403);
    expect((await world.call("PUT", target, { as: host, body: {} })).status).toBe(400);
  });
});
