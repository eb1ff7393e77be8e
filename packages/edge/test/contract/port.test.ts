import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Port } from "../../src/http/port.ts";
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
    // Of forty all come on one of sixteen sockets once in 10^46 times.
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

  it("has as many connections as its server may have, however they are spread over its sockets, and room again when one ends", async () => {
    const bound = 24;
    const server = createHttpServer();
    server.maxConnections = bound;
    const shared = new Port(server);
    const port = await shared.listen({ host: "127.0.0.1", port: 0, reusePort: true });
    const come = async (): Promise<Socket> => {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      const isLetIn = Promise.race([once(server, "connection"), once(server, "drop")]);
      await isLetIn;
      return socket;
    };
    const dropped: unknown[] = [];
    server.on("drop", (what) => dropped.push(what));
    const sockets: Socket[] = [];
    for (let at = 0; at < bound; at += 1) sockets.push(await come());
    expect(dropped).toHaveLength(0);

    await once(await come(), "close");
    expect(dropped).toHaveLength(1);

    const leaver = sockets.pop()!;
    leaver.destroy();
    await expect.poll(() => server.maxConnections).toBe(bound);
    sockets.push(await come());
    expect(dropped).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
    await shared.close(0);
  });
});
