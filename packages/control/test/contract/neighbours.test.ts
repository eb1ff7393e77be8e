import { memoryRelay } from "@rostra/relay";
import { PostgresServer } from "@rostra/testkit";
import { type SpaceSnapshot, STATE_KEYS, systemClock } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Control, createControl } from "../../src/index.ts";

const WITHIN = { timeout: 5_000, interval: 10 };

let postgres: PostgresServer;
let controls: Control[] = [];
const relays = memoryRelay();
const watching = relays.join();

beforeAll(async () => {
  postgres = await PostgresServer.start();
  const start = (name: string) =>
    createControl({
      name,
      relay: relays.join(),
      clock: systemClock,
      log: pino({ level: "silent" }),
      metrics: new Registry(),
      http: { host: "127.0.0.1", port: 0 },
      dataDirectory: "/nonexistent",
      databaseUrl: postgres.url,
      publicUrl: null,
      rateLimits: "off",
    });
  controls = await Promise.all([start("control-1"), start("control-2")]);
});

afterAll(async () => {
  await Promise.all(controls.map((control) => control.close()));
  await postgres.stop();
});

async function call<T>(at: number, method: string, path: string, token?: string, body?: unknown) {
  const response = await fetch(`${controls[at]!.url}/api/v1${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** As the relay's state shows it. */
function shown(id: string): SpaceSnapshot | undefined {
  let found: unknown;
  const unwatch = watching.watch(`${STATE_KEYS.spaces}${id}`, (_, value) => {
    found = value;
  });
  unwatch();
  return found as SpaceSnapshot | undefined;
}

interface Space {
  readonly id: string;
  readonly title: string;
  readonly state: string;
}

describe("two controls on one database", () => {
  it("take each other's tokens and go on with each other's spaces, hands and all", async () => {
    const host = await call<{ token: string }>(0, "POST", "/guests", undefined, {
      displayName: "Ada",
    });
    const fan = await call<{ token: string }>(1, "POST", "/guests", undefined, {
      displayName: "Bea",
    });
    const { id } = await call<Space>(0, "POST", "/spaces", host.token, { title: "Ours" });
    await expect.poll(() => call<Space>(1, "GET", `/spaces/${id}`), WITHIN).toMatchObject({ id });
    await call(1, "POST", `/spaces/${id}/live`, host.token);
    const state = async (at: number) => (await call<Space>(at, "GET", `/spaces/${id}`)).state;
    await expect.poll(() => state(0), WITHIN).toBe("live");
    await call(0, "PUT", `/spaces/${id}/hand`, fan.token);
    const hands = () => call<{ hands: unknown[] }>(1, "GET", `/spaces/${id}/hands`, host.token);
    await expect.poll(async () => (await hands()).hands.length, WITHIN).toBe(1);
  });

  it("lose no change that both make at once, and show the last of them", async () => {
    const host = await call<{ token: string }>(0, "POST", "/guests", undefined, {
      displayName: "Ada",
    });
    const { id } = await call<Space>(0, "POST", "/spaces", host.token, { title: "Both" });
    await expect.poll(() => call<Space>(1, "GET", `/spaces/${id}`), WITHIN).toMatchObject({ id });
    const changes = Array.from({ length: 40 }, (_, count) =>
      call(count % 2, "PATCH", `/spaces/${id}`, host.token, { title: `Title ${count}` }),
    );
    await Promise.all(changes);
    await expect.poll(() => shown(id)?.revision, WITHIN).toBe(41);
    const titles = () => Promise.all([0, 1].map((at) => call<Space>(at, "GET", `/spaces/${id}`)));
    await expect
      .poll(async () => new Set((await titles()).map(({ title }) => title)), WITHIN)
      .toEqual(new Set([shown(id)?.title]));
  });
});
