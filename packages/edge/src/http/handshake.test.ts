import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HandshakeRequest, judgeHandshake } from "./handshake.ts";

const GOOD: HandshakeRequest = {
  method: "GET",
  httpVersion: "1.1",
  headers: {
    upgrade: "websocket",
    connection: "keep-alive, Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "chat, rostra.live.v1",
  },
};

const withHeader = (name: string, value: string | undefined): HandshakeRequest => ({
  ...GOOD,
  headers: { ...GOOD.headers, [name]: value },
});

describe("a WebSocket handshake", () => {
  it("is answered as in RFC 6455, section 1.3", () => {
    expect(judgeHandshake(GOOD)).toBe(
      [
        "HTTP/1.1 101 Switching Protocols",
        "upgrade: websocket",
        "connection: upgrade",
        "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "sec-websocket-protocol: rostra.live.v1",
        "\r\n",
      ].join("\r\n"),
    );
  });

  it.each([
    ["another method", { ...GOOD, method: "POST" }, "bad-request"],
    ["HTTP/1.0", { ...GOOD, httpVersion: "1.0" }, "bad-request"],
    ["no Upgrade", withHeader("upgrade", undefined), "upgrade-required"],
    ["an Upgrade to something else", withHeader("upgrade", "h2c"), "upgrade-required"],
    ["a Connection without upgrade", withHeader("connection", "close"), "upgrade-required"],
    ["an old version", withHeader("sec-websocket-version", "8"), "upgrade-required"],
    ["no version", withHeader("sec-websocket-version", undefined), "upgrade-required"],
    ["no key", withHeader("sec-websocket-key", undefined), "bad-request"],
    ["a short key", withHeader("sec-websocket-key", "c2hvcnQ="), "bad-request"],
    ["no subprotocol", withHeader("sec-websocket-protocol", undefined), "bad-request"],
    ["another subprotocol", withHeader("sec-websocket-protocol", "chat"), "bad-request"],
  ])("is refused with %s", (_, request, code) => {
    expect(judgeHandshake(request)).toMatchObject({ code });
  });

  it("never gives 101 to a key that isn't 16 bytes, and never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, protocol) => {
        const answer = judgeHandshake({
          ...GOOD,
          headers: {
            ...GOOD.headers,
            "sec-websocket-key": key,
            "sec-websocket-protocol": protocol,
          },
        });
        expect(typeof answer).toBe("object");
      }),
    );
  });
});
