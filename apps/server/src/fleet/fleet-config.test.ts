import { describe, expect, it } from "vitest";
import { readFleetConfig } from "./fleet-config.ts";

const NATS = "nats://10.0.0.1:4222";

describe("the configuration of one role in a fleet", () => {
  it("needs no more than where NATS is", () => {
    const config = readFleetConfig({ ROSTRA_NATS_URLS: NATS }, "edge");
    expect(config.nats).toEqual([{ servers: [NATS] }]);
    expect(config).toMatchObject({ fleet: "rostra", databaseUrl: null });
    expect(config.name).toMatch(/^edge-/);
  });

  it("tells clusters from the servers of one, and takes their passwords out of the addresses", () => {
    const urls = "nats://ada:s%3Acret@a:4222,nats://ada:s%3Acret@b:4222  tls://token@c:4222";
    expect(readFleetConfig({ ROSTRA_NATS_URLS: urls }, "edge").nats).toEqual([
      { servers: ["nats://a:4222", "nats://b:4222"], user: "ada", password: "s:cret" },
      { servers: ["tls://c:4222"], token: "token" },
    ]);
  });

  it.each([
    [{}, "ROSTRA_NATS_URLS"],
    [{ ROSTRA_NATS_URLS: "10.0.0.1:4222" }, "ROSTRA_NATS_URLS"],
    [{ ROSTRA_NATS_URLS: "http://10.0.0.1" }, "ROSTRA_NATS_URLS"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_NAME: "a b" }, "ROSTRA_NAME"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_FLEET: "a.b" }, "ROSTRA_FLEET"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_INTERNAL_HOST: "here" }, "ROSTRA_INTERNAL_HOST"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_DRAIN_SECONDS: "1m" }, "ROSTRA_DRAIN_SECONDS"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_STAGE_PAIRS: "on" }, "ROSTRA_STAGE_PAIRS"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_DATABASE_URL: "mysql://x/y" }, "ROSTRA_DATABASE_URL"],
    [{ ROSTRA_NATS_URLS: NATS, ROSTRA_DATABASE_URL: "postgresql://a@h" }, "ROSTRA_DATABASE_URL"],
    [
      { ROSTRA_NATS_URLS: NATS, ROSTRA_DATABASE_URL: "postgresql://a@h/d?sslmode=on" },
      "sslmode in ROSTRA_DATABASE_URL must be one of disable, ",
    ],
  ])("says in one line what is wrong with %j", (env, setting) => {
    expect(() => readFleetConfig(env, "edge")).toThrow(new RegExp(`^[^\\n]*${setting}[^\\n]*$`));
  });

  it("takes a password with a per cent sign that stands for nothing as it is", () => {
    const [path] = readFleetConfig({ ROSTRA_NATS_URLS: "nats://ada:50%off@a" }, "edge").nats;
    expect(path).toMatchObject({ user: "ada", password: "50%off" });
  });

  it("repeats no password in what it says", () => {
    const wrong = () => readFleetConfig({ ROSTRA_NATS_URLS: "natz://ada:secret@a" }, "edge");
    expect(wrong).toThrow(/natz:\/\/a'/);
    expect(wrong).not.toThrow(/secret/);
  });
});
