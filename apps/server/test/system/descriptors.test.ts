import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RostraProcess, TestApi, WebSocketListener } from "@rostra/testkit";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

const WITHIN = { timeout: 20_000, interval: 50 };
const DESCRIPTORS = 200;

let rostra: RostraProcess;
beforeAll(async () => {
  rostra = await RostraProcess.start({ descriptors: DESCRIPTORS, env: { ROSTRA_EDGES: "1" } });
});
afterAll(async () => {
  await rostra.stop();
});

it("an edge with few descriptors sends newcomers on in good time, and outlives a flood that takes them all", async () => {
  const api = new TestApi(rostra.url);
  const host = await api.guest("Ada");
  const space = await api.openSpace(host, "Narrow");
  await api.goLive(host, space.id);
  const inside = Array.from(
    { length: DESCRIPTORS / 2 },
    () => new WebSocketListener(rostra.url, space.id),
  );
  await vi.waitFor(() => expect(inside.every(({ latestFrame }) => latestFrame)).toBe(true), WITHIN);
  // Half of them are for listeners: the next one is told where else to go.
  const next = await fetch(`${rostra.url}/live/${space.id}.ogg`, { redirect: "manual" });
  expect([307, 503]).toContain(next.status);
  expect(await next.json()).toMatchObject({ detail: expect.stringMatching(/^[^\n]+$/) });

  const port = Number(new URL(rostra.url).port);
  const flood: Socket[] = [];
  let cut = 0;
  for (let i = 0; i < DESCRIPTORS; i += 1) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.once("close", () => (cut += 1));
    await once(socket, "connect");
    flood.push(socket);
  }
  await vi.waitFor(() => expect(cut).toBeGreaterThan(0), WITHIN);
  await vi.waitFor(
    () => expect(rostra.output).toContain("no descriptors left for newcomers"),
    WITHIN,
  );
  for (const listener of inside) listener.forget();
  await vi.waitFor(() => expect(inside.every(({ latestFrame }) => latestFrame)).toBe(true), WITHIN);

  for (const socket of flood) socket.destroy();
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`${rostra.url}/metrics`)).text();
    expect(metrics).toMatch(
      /rostra_edge_gate_refusals_total\{[^}]*reason="descriptors"[^}]*\} [1-9]/,
    );
  }, WITHIN);
  // What is handed on to control needs descriptors of the edge's own.
  await api.setMuted(host, space.id, host, true);
  expect(inside.filter(({ closeCode }) => closeCode !== undefined)).toEqual([]);
  for (const listener of inside) listener.close();
});
