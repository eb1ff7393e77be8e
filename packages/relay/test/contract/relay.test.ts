import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
