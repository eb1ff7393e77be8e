import { describe, expect, it } from "vitest";
import { parseIceServers } from "./ice-servers.ts";

describe("parseIceServers", () => {
  it("reads TURN servers with their credentials, whatever these hold", () => {
    const header =
      '<turn:a.example:3478?transport=udp>; rel="ice-server"; username="17:ada,b;c"; ' +
      'credential="x+/="; credential-type="password", <stun:b.example>; rel=ice-server';
    expect(parseIceServers(header)).toEqual([
      { urls: "turn:a.example:3478?transport=udp", username: "17:ada,b;c", credential: "x+/=" },
      { urls: "stun:b.example" },
    ]);
  });

  it("skips other links, and finds nothing in nothing", () => {
    expect(parseIceServers('</next>; rel="next", <http://c>; rel="ice-server"')).toEqual([]);
    expect(parseIceServers(null)).toEqual([]);
    expect(parseIceServers("<<>>;;;=,,")).toEqual([]);
  });
});
