import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSpaceId } from "@rostra/wire";
import { expect, it, vi } from "vitest";
import { connectRelay, memoryRelay, serveRelayHub } from "../../src/index.ts";
import { type RelayWorld, relayContract } from "./relay-contract.ts";

relayContract("memory", async () => {
  const world = memoryRelay();
  return { join: async () => world.join(), close: async () => {} };
});

relayContract("embedded", () => embeddedWorld().then(({ world }) => world));

async function embeddedWorld(): Promise<{ world: RelayWorld; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "rostra-relay-"));
  const path = join(folder, "relay.sock");
  const server = await serveRelayHub(path);
  const close = async () => {
    await server.close();
    await rm(folder, { recursive: true });
  };
  return { world: { join: () => connectRelay(path), close }, path };
}

it("lets frames come together to who has asked for that, and state with them, while answers don't wait", async () => {
  const { world } = await embeddedWorld();
  const [edge, stage] = [await world.join(), await world.join()];
  const spaceId = newSpaceId();
  const came: number[][] = [];
  edge.follow(spaceId, { take: (frames) => void came.push(frames.map(({ number }) => number)) });
  edge.gatherFrames(60_000, 2);
  const heard: unknown[] = [];
  edge.watch("k", (_, value) => void heard.push(value));
  await edge.flush();
  const packet = Uint8Array.of(0xf8, 1);
  const publish = async (number: number) => {
    stage.publishFrames(spaceId, [{ number, packet, holding: false }]);
    await stage.flush();
  };
  // Its turn is each 3,000th number, and two more.
  for (const number of [3_000, 3_001]) await publish(number);
  stage.put("k", 1);
  await stage.flush();
  expect([came, heard]).toEqual([[], []]);
  await publish(3_002);
  await vi.waitFor(() => expect(came).toEqual([[3_000, 3_001, 3_002]]));
  expect(heard).toEqual([1]);
  // An answer comes at once, behind what was said before it.
  await publish(3_003);
  expect(await edge.latestFrame(spaceId)).toBe(3_003);
  expect(came.slice(1)).toEqual([[3_003]]);
  edge.gatherFrames(0, 0);
  await edge.flush();
  await publish(3_004);
  await vi.waitFor(() => expect(came.slice(2)).toEqual([[3_004]]));
  await world.close();
});

it("drops a peer that sends garbage and goes on serving the others", async () => {
  const { world, path } = await embeddedWorld();
  const stage = await world.join();
  const intruder = connect(path);
  const gone = new Promise<void>((resolve) => intruder.once("close", () => resolve()));
  intruder.on("error", () => {}).resume();
  intruder.write(new Uint8Array(64).fill(0xff));
  await gone;
  const seen = vi.fn();
  stage.watch("k", seen);
  stage.put("k", 1);
  await vi.waitFor(() => expect(seen).toHaveBeenCalledWith("k", 1));
  await stage.close();
  await world.close();
});

it("tells those who joined when the hub goes", async () => {
  const { world } = await embeddedWorld();
  const edge = await world.join();
  await world.close();
  await edge.closed;
});

it("says where it looked when no hub answers", async () => {
  await expect(connectRelay("/nonexistent/relay.sock")).rejects.toMatchObject({
    code: "unreachable",
  });
});
