import { connect } from "node:net";
import { newUserId, STATE_KEYS } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdgeWorld, frameOf, isFromStage } from "../support/edge-world.ts";
import { everyNumber, LiveClient } from "../support/live-client.ts";
import { TestService } from "../support/service.ts";

// Spaces on two stages, and several controls: what an edge leads where, and what it plays.

let world: EdgeWorld;
const services: TestService[] = [];

beforeEach(async () => {
  world = await EdgeWorld.onAir();
});

afterEach(async () => {
  for (const service of services.splice(0)) service.close();
  await world.close();
});

async function service(role: "control" | "stage", name: string): Promise<TestService> {
  const started = await TestService.start();
  services.push(started);
  world.announce(role, started.url, name);
  return started;
}

const whip = (query = "") => `/api/v1/spaces/${world.space.id}/whip${query}`;
const call = (path: string, method = "POST", body?: string) =>
  fetch(`http://127.0.0.1:${world.port}${path}`, { method, ...(body && { body }) });

describe("a space on two stages", () => {
  it("is led to the one that is asked for, and to the first where none is", async () => {
    const [one, two] = [await service("stage", "stage-1"), await service("stage", "stage-2")];
    world.putSpace({ secondStageName: "stage-2" });
    const plain = await call(whip());
    expect(plain.headers.get("location")).toBe("/x?stage=stage-1");
    await call(whip("?stage=stage-1"));
    const answer = await call(whip("?stage=stage-2"), "POST", "v=0");
    // The session's address leads back to where it is.
    expect(answer.headers.get("location")).toBe("/x?stage=stage-2");
    await call(`/api/v1/spaces/${world.space.id}/whip/s?stage=stage-2`, "DELETE");
    expect(one.asked).toEqual([`POST ${whip()}`, `POST ${whip("?stage=stage-1")}`]);
    expect(two.asked).toEqual([
      `POST ${whip("?stage=stage-2")}`,
      `DELETE ${whip("/s?stage=stage-2")}`,
    ]);
  });

  it("refuses a stage that is none of its own in a line, but not to end a session there", async () => {
    const other = await service("stage", "stage-3");
    const refused = await call(whip("?stage=stage-3"));
    expect(refused.status).toBe(404);
    expect(((await refused.json()) as { detail: string }).detail).toMatch(/^[^\n]*stage[^\n]*$/);
    await call(whip("/s?stage=stage-3"), "DELETE");
    expect(other.asked).toEqual([`DELETE ${whip("/s?stage=stage-3")}`]);
    await service("control", "control-1");
    expect((await call(whip("/s?stage=control-1"), "DELETE")).status).toBe(503);
  });

  it("leads an upgrade to the stage that is asked for", async () => {
    const two = await service("stage", "stage-2");
    world.putSpace({ secondStageName: "stage-2" });
    const path = `/api/v1/spaces/${world.space.id}/stage?stage=stage-2`;
    const socket = connect(world.port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    const fields = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    socket.write(`GET ${path} HTTP/1.1\r\n${fields}\r\n`);
    await expect.poll(() => two.asked).toEqual([`GET ${path}`]);
    socket.destroy();
  });

  it("is up while either of them is", async () => {
    world.putSpace({ secondStageName: "stage-2", stageName: "stage-9" });
    const client = new LiveClient(world.port, world.path);
    const up = () => client.of("stage").at(-1)?.stage.up;
    await world.passUntil(() => up() === false);
    await service("stage", "stage-2");
    await world.passUntil(() => up() === true);
    expect(up()).toBe(true);
    client.close();
  });
});

describe("who is on stage, when the stage that says so dies", () => {
  it("stays as it was while the other stage is there", async () => {
    const member = newUserId();
    await service("stage", "stage-2");
    world.putSpace({ secondStageName: "stage-2" });
    const first = world.relays.join();
    const key = STATE_KEYS.activity(world.space.id);
    const activity = { connected: [member], speaking: [], deadAir: false };
    first.put(key, activity, { ephemeral: true });
    const client = new LiveClient(world.port, world.path);
    const connected = () => client.of("stage").at(-1)?.stage.connected;
    await world.passUntil(() => connected()?.length === 1);
    await first.close();
    await world.pass(500);
    expect(client.of("stage").filter(({ stage }) => stage.connected.length === 0)).toEqual([]);
    // The other stage's word counts as soon as it comes.
    world.backstage.put(key, { ...activity, connected: [] }, { ephemeral: true });
    await world.passUntil(() => connected()?.length === 0);
    client.close();
  });

  it("stays as it was where the other has taken over before the first is taken for gone", async () => {
    const member = newUserId();
    await service("stage", "stage-2");
    world.putSpace({ secondStageName: "stage-2" });
    const first = world.relays.join();
    const key = STATE_KEYS.activity(world.space.id);
    first.put(key, { connected: [member], speaking: [], deadAir: false }, { ephemeral: true });
    const client = new LiveClient(world.port, world.path);
    const connected = () => client.of("stage").at(-1)?.stage.connected;
    await world.passUntil(() => connected()?.length === 1);
    const { secondStageName: _, ...alone } = world.space;
    world.space = alone;
    world.putSpace({ stageName: "stage-2" });
    await first.close();
    await world.pass(500);
    expect(client.of("stage").filter(({ stage }) => stage.connected.length === 0)).toEqual([]);
    // Nobody says it anew: then it isn't so any more.
    await world.passUntil(() => connected()?.length === 0);
    client.close();
  });
});

describe("what a listener hears of two stages", () => {
  const second = { term: 0, second: true };

  it("goes on number by number when the first dies, with nothing held or lost", async () => {
    const other = world.relays.join();
    let next = world.currentFrame;
    const both = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 20) {
        await world.pass(20);
        for (; next < world.currentFrame; next += 1) {
          other.publishFrames(world.space.id, [frameOf(next)], second);
        }
      }
    };
    const client = new LiveClient(world.port, world.path);
    await both(1_000);
    world.onAir = false;
    await both(2_000);
    await client.untilFrame(world.currentFrame - 30);
    expect(client.numbers.length).toBeGreaterThan(100);
    expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
    expect(client.frames.every(isFromStage)).toBe(true);
    client.close();
    await other.close();
  });
});

describe("several controls", () => {
  it("are asked one after the other where nothing can have been done yet", async () => {
    const [one, two] = [
      await service("control", "control-1"),
      await service("control", "control-2"),
    ];
    one.close();
    for (const method of ["GET", "POST"]) {
      const answer = await call("/api/v1/spaces", method, method === "POST" ? "{}" : undefined);
      expect(answer.status).toBe(201);
    }
    expect(two.seen.map(({ req, body }) => [req.method, body])).toEqual([
      ["GET", ""],
      ["POST", "{}"],
    ]);
  });

  it("are not asked once more for what the first may have done", async () => {
    const [one, two] = [
      await service("control", "control-1"),
      await service("control", "control-2"),
    ];
    one.diesWhenAsked = true;
    expect((await call("/api/v1/spaces", "POST", "{}")).status).toBe(503);
    expect(two.asked).toEqual([]);
    expect((await call("/api/v1/spaces", "GET")).status).toBe(201);
    expect(two.asked).toEqual(["GET /api/v1/spaces"]);
  });
});
