import { describe, expect, it } from "vitest";
import { ConfigError, readAssignment, readConfig } from "./config.ts";

describe("the configuration", () => {
  it("needs nothing to be set", () => {
    const config = readConfig({}, false);
    expect(config).toMatchObject({
      port: 7070,
      udpPort: 7070,
      publicUrl: null,
      logFormat: "json",
      rateLimits: true,
    });
    expect(config.dataDirectory).toMatch(/data$/);
  });

  it("takes the port of WebRTC from the public one unless told otherwise", () => {
    expect(readConfig({ PORT: "9000" }, false).udpPort).toBe(9_000);
    expect(readConfig({ PORT: "9000", ROSTRA_UDP_PORT: "9001" }, false).udpPort).toBe(9_001);
  });

  it("writes logs for a person at a terminal, and lines for anybody else", () => {
    expect(readConfig({}, true).logFormat).toBe("pretty");
    expect(readConfig({ ROSTRA_LOG_FORMAT: "json" }, true).logFormat).toBe("json");
  });

  it("reads a list of announced addresses", () => {
    const config = readConfig({ ROSTRA_ANNOUNCED_ADDRESSES: "192.0.2.1, 2001:db8::1" }, false);
    expect(config.announcedAddresses).toEqual(["192.0.2.1", "2001:db8::1"]);
  });

  it("reads TURN servers, and their secret with them", () => {
    const env = {
      ROSTRA_TURN_URLS: "turn:turn.example.org:3478, turns:[2001:db8::1]:443?transport=tcp",
      ROSTRA_TURN_SECRET: "north",
    };
    expect(readConfig(env, false).turn).toEqual({
      urls: ["turn:turn.example.org:3478", "turns:[2001:db8::1]:443?transport=tcp"],
      secret: "north",
    });
    expect(readConfig({}, false).turn).toBeNull();
    const withoutSecret = () => readConfig({ ...env, ROSTRA_TURN_SECRET: "" }, false);
    expect(withoutSecret).toThrow(/^ROSTRA_TURN_URLS needs ROSTRA_TURN_SECRET[^\n]+$/);
  });

  it("reads what each edge takes on, and where more of them are", () => {
    expect(readConfig({}, false).edge).toEqual({
      listeners: null,
      joinsPerSecond: null,
      hlsListeners: null,
      mbits: null,
      cadenceMs: null,
      url: null,
      hlsUrl: null,
      more: [],
    });
    const env = {
      ROSTRA_EDGE_LISTENERS: "2000",
      ROSTRA_EDGE_JOINS: "500",
      ROSTRA_EDGE_HLS_LISTENERS: "0",
      ROSTRA_EDGE_MBITS: "900",
      ROSTRA_EDGE_CADENCE_MS: "500",
      ROSTRA_EDGE_URL: "https://edge-1.example.org/",
      ROSTRA_HLS_URL: "https://cdn.example.org",
      ROSTRA_MORE_EDGES: "http://127.0.0.1:7081, http://127.0.0.1:7082/",
    };
    expect(readConfig(env, false).edge).toEqual({
      listeners: 2_000,
      joinsPerSecond: 500,
      hlsListeners: 0,
      mbits: 900,
      cadenceMs: 500,
      url: "https://edge-1.example.org",
      hlsUrl: "https://cdn.example.org",
      more: ["http://127.0.0.1:7081", "http://127.0.0.1:7082"],
    });
  });

  it.each([
    ["ROSTRA_EDGE_LISTENERS", "many"],
    ["ROSTRA_EDGE_URL", "edge-1"],
    ["ROSTRA_EDGE_MBITS", "fast"],
    ["ROSTRA_EDGE_CADENCE_MS", "250"],
    ["ROSTRA_HLS_URL", "cdn.example.org"],
    ["ROSTRA_MORE_EDGES", "http://127.0.0.1:7081, 7082"],
    ["PORT", "http"],
    ["PORT", "70000"],
    ["PORT", "-1"],
    ["ROSTRA_UDP_PORT", "1.5"],
    ["ROSTRA_EDGES", "0"],
    ["ROSTRA_LOG_LEVEL", "loud"],
    ["ROSTRA_RATE_LIMITS", "maybe"],
    ["HOST", "example"],
    ["ROSTRA_ANNOUNCED_ADDRESSES", "here"],
    ["ROSTRA_TURN_URLS", "turn.example.org"],
    ["ROSTRA_TURN_URLS", 'turn:a>; rel="next"'],
    ["ROSTRA_PUBLIC_URL", "ftp://example.org"],
    ["ROSTRA_PUBLIC_URL", "nonsense"],
  ])("names %s in one line when it is '%s'", (name, value) => {
    const read = () => readConfig({ [name]: value }, false);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${name} [^\\n]+$`));
  });

  it("knows who was started by the supervisor", () => {
    expect(readAssignment({})).toBeUndefined();
    const env = { ROSTRA_ROLE: "edge", ROSTRA_NAME: "edge-1", ROSTRA_RELAY: "/tmp/r.sock" };
    expect(readAssignment(env)).toEqual({ role: "edge", name: "edge-1", relayPath: "/tmp/r.sock" });
    expect(() => readAssignment({ ROSTRA_ROLE: "queen" })).toThrow(ConfigError);
  });
});
