import { expect, it } from "vitest";
import { ControlWorld } from "./control-world.ts";
import { temporaryFolder } from "./temporary-folder.ts";

it("with a full disk hosts still silence people, what has to be kept is refused, and it goes on with room", async () => {
  const dataDirectory = `${await temporaryFolder()}/data`;
  const begin = async (keepFreeBytes: number) => {
    const world = await ControlWorld.begin({ dataDirectory, keepFreeBytes });
    await world.start();
    return world;
  };
  const before = await begin(0);
  const [ada, bob] = [await before.guest("Ada"), await before.guest("Bob")];
  const id = await before.open(ada);
  await before.invite(id, ada, bob, "speaker");
  await before.stop();

  // No disk has that much room: to control it's as good as full.
  const full = await begin(Number.MAX_SAFE_INTEGER);
  const refused = await full.call("POST", "/api/v1/spaces", { as: ada, body: { title: "New" } });
  expect([refused.status, refused.body.detail]).toEqual([
    503,
    "the server's disk is full, nothing can be kept: try again soon",
  ]);
  const path = `/api/v1/spaces/${id}/stage/${bob.id}`;
  const muted = await full.call("PATCH", path, { as: ada, body: { muted: true } });
  expect(muted.status).toBe(200);
  const isMuted = (world: ControlWorld) =>
    world.shown(id)!.members.find((member) => member.id === bob.id)!.muted;
  expect(isMuted(full)).toBe(true);
  expect(full.log.some((line) => line.includes("the disk is full"))).toBe(true);
  expect((await full.call("GET", "/metrics")).text).toMatch(
    /rostra_control_store_free_bytes \d+[\s\S]*rostra_control_unsaved_spaces 1|rostra_control_unsaved_spaces 1[\s\S]*rostra_control_store_free_bytes \d+/,
  );
  const waiting = full.state.get(`ahead/${id}`);
  await full.stop();

  // What waited stands in the relay, in other processes: it is written down by the next control.
  const after = await ControlWorld.begin({ dataDirectory, keepFreeBytes: 0 });
  after.relays.join().put(`ahead/${id}`, waiting as object);
  await after.start();
  await expect.poll(() => after.state.has(`ahead/${id}`), { timeout: 5_000 }).toBe(false);
  expect(isMuted(after)).toBe(true);
  await after.stop();
});
