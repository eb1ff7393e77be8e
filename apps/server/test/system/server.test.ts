import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RostraProcess, TestApi, type TestGuest, WebSocketListener } from "@rostra/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const WITHIN = { timeout: 20_000, interval: 50 };

describe("the server", () => {
  let rostra: RostraProcess;
  let api: TestApi;
  let host: TestGuest;

  beforeAll(async () => {
    rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
    api = new TestApi(rostra.url);
    host = await api.guest("Ada");
  });

  afterAll(async () => {
    await rostra.stop();
  });

  it("says that it lives, that it is ready, and what it measures", async () => {
    expect((await fetch(`${rostra.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${rostra.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${rostra.url}/metrics`)).text();
    for (const name of ["control-1", "stage-1", "edge-1", "edge-2"]) {
      expect(metrics).toContain(`process="${name}"`);
    }
  });

  it("serves its site, its API's description and problem details", async () => {
    const page = await fetch(`${rostra.url}/`);
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    const api = await fetch(`${rostra.url}/api/openapi.json`);
    expect(((await api.json()) as { openapi: string }).openapi).toMatch(/^3\.1/);
    const unknown = await fetch(`${rostra.url}/api/v1/nothing`);
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  });

  it("gives a newcomer a second of holding sound at once, then every frame in order", async () => {
    const space = await api.openSpace(host, "Quiet");
    await vi.waitFor(async () => {
      const { status } = await fetch(`${rostra.url}/live/${space.id}/frames?from=0&to=100`);
      expect(status).toBe(200);
    }, WITHIN);
    const listener = new WebSocketListener(rostra.url, space.id);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(150), WITHIN);
    listener.close();
    expect(listener.missing).toEqual([]);
    expect(listener.repeated).toEqual([]);
    expect(listener.frames.every((frame) => frame.holding && frame.packet.length > 0)).toBe(true);
    expect(listener.events[0]).toMatchObject({ type: "welcome", space: { title: "Quiet" } });
  });

  it("keeps listeners on the holding sound while the stage is killed, and the numbers go on", async () => {
    const space = await api.openSpace(host, "Stage killed");
    const listener = new WebSocketListener(rostra.url, space.id);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(60), WITHIN);
    const before = rostra.kill("stage-1");
    const heardAtDeath = listener.latestFrame!;
    await vi.waitFor(() => expect(rostra.rolePid("stage-1")).not.toBe(before), WITHIN);
    await vi.waitFor(
      () => expect(listener.latestFrame).toBeGreaterThan(heardAtDeath + 250),
      WITHIN,
    );
    expect(listener.open).toBe(true);
    listener.close();
    expect(listener.missing).toEqual([]);
    expect(listener.repeated).toEqual([]);
    // The stage that waits takes over so soon that its absence may fall between two chunks.
    const ups = listener.events.flatMap((event) =>
      event.type === "welcome" || event.type === "stage" ? [event.stage.up] : [],
    );
    expect(ups.at(-1)).toBe(true);
  });

  it("lets a listener of a killed edge come back and miss no frame", async () => {
    const space = await api.openSpace(host, "Edge killed");
    const first = new WebSocketListener(rostra.url, space.id);
    const second = new WebSocketListener(rostra.url, space.id);
    await vi.waitFor(() => expect(first.frames.length).toBeGreaterThan(60), WITHIN);
    await vi.waitFor(() => expect(second.frames.length).toBeGreaterThan(60), WITHIN);
    rostra.kill("edge-1");
    rostra.kill("edge-2");
    await vi.waitFor(() => expect([first.open, second.open]).toEqual([false, false]), WITHIN);
    const lastHeard = first.latestFrame!;
    const resumed = await vi.waitFor(async () => {
      const listener = new WebSocketListener(rostra.url, space.id, `?from=${lastHeard + 1}`);
      await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(0), { timeout: 1_000 });
      return listener;
    }, WITHIN);
    await vi.waitFor(() => expect(resumed.frames.length).toBeGreaterThan(100), WITHIN);
    resumed.close();
    expect(resumed.frames[0]!.number).toBe(lastHeard + 1);
    expect(resumed.missing).toEqual([]);
    expect(resumed.repeated).toEqual([]);
  });

  it("keeps sound, newcomers and the site while control is killed", async () => {
    const space = await api.openSpace(host, "Control killed");
    const listener = new WebSocketListener(rostra.url, space.id);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(60), WITHIN);
    rostra.kill("control-1");
    const newcomer = new WebSocketListener(rostra.url, space.id);
    await vi.waitFor(() => expect(newcomer.frames.length).toBeGreaterThan(60), WITHIN);
    expect((await fetch(`${rostra.url}/s/${space.id}`)).status).toBe(200);
    await vi.waitFor(async () => expect((await api.space(space.id)).id).toBe(space.id), WITHIN);
    expect(listener.open).toBe(true);
    expect(listener.missing).toEqual([]);
    listener.close();
    newcomer.close();
  });

  it("tells listeners that the space has ended, and refuses newcomers", async () => {
    const space = await api.openSpace(host, "Short");
    const listener = new WebSocketListener(rostra.url, space.id);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(0), WITHIN);
    await api.end(host, space.id);
    await vi.waitFor(() => expect(listener.closeCode).toBe(4_000), WITHIN);
    expect(listener.events.at(-1)).toMatchObject({ type: "bye", reason: "ended" });
    expect((await fetch(`${rostra.url}/live/${space.id}.ogg`)).status).toBe(410);
  });
});

describe("starting and stopping", () => {
  it("drains on SIGTERM, ends with 0, and finds its spaces and key again", async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "rostra-data-"));
    const first = await RostraProcess.start({ dataDirectory });
    const firstApi = new TestApi(first.url);
    const host = await firstApi.guest("Ada");
    const space = await firstApi.openSpace(host, "Kept");
    const listener = new WebSocketListener(first.url, space.id);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(0), WITHIN);
    expect(await first.stop()).toBe(0);
    expect(listener.events.at(-1)).toMatchObject({ type: "bye", reason: "moving" });
    expect((await stat(join(dataDirectory, "signing-key.json"))).mode & 0o777).toBe(0o600);

    const second = await RostraProcess.start({ dataDirectory });
    const secondApi = new TestApi(second.url);
    expect(await secondApi.space(space.id)).toMatchObject({ id: space.id, state: "backstage" });
    expect((await secondApi.goLive(host, space.id)).state).toBe("live");
    expect(await second.stop()).toBe(0);
    await rm(dataDirectory, { recursive: true });
  });

  it("refuses in one line to start beside another Rostra on its port", async () => {
    const first = await RostraProcess.start();
    const port = new URL(first.url).port;
    const dataDirectory = await mkdtemp(join(tmpdir(), "rostra-data-"));
    const second = spawn(process.execPath, ["apps/server/src/main.ts"], {
      env: { ...process.env, PORT: port, ROSTRA_DATA: dataDirectory },
    });
    let stderr = "";
    second.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    const code = await new Promise((resolve) => second.once("exit", resolve));
    expect(code).toBe(1);
    expect(stderr).toBe(`rostra: TCP port ${port} is in use: stop what uses it, or set PORT\n`);
    expect(await first.stop()).toBe(0);
    await rm(dataDirectory, { recursive: true });
  });
});
