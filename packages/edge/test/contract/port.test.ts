import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { LiveClient } from "../support/live-client.ts";

let world: EdgeWorld;
const clients: LiveClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

describe.runIf(process.platform === "linux")("a port that may be shared", () => {
  it("serves everybody, on whichever of its sockets they come, and is free when the edge has closed", async () => {
    const http = { host: "127.0.0.1", port: 0, reusePort: true };
    world = await EdgeWorld.onAir({ http });
    const { port } = world;
    // Of forty all come on one of four sockets once in 10^23 times.
    for (let at = 0; at < 40; at += 1) clients.push(new LiveClient(port, world.path));
    await Promise.all(clients.map((it) => it.until(() => it.frames.length > 0)));
    await world.close();
    await Promise.all(clients.map((it) => it.untilClosed()));
    expect(clients.every((it) => it.of("bye").length === 1)).toBe(true);
    const alone = createServer();
    alone.listen({ host: "127.0.0.1", port });
    await once(alone, "listening");
    alone.close();
  });
});
