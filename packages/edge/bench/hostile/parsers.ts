import { newSpaceId, WebSocketFrameParser, WireError } from "@rostra/wire";
import { Inbound } from "../../src/fanout/inbound.ts";
import { addressKey, TrustedProxies } from "../../src/gate/address.ts";
import { AddressLimiter } from "../../src/gate/address-limiter.ts";
import { readFirstRequest } from "../../src/gate/first-request.ts";
import { DEFAULT_GATE_LIMITS } from "../../src/gate/limits.ts";
import { parseHlsName } from "../../src/hls/timeline.ts";
import { judgeHandshake } from "../../src/http/handshake.ts";
import { parseLivePath } from "../../src/http/live-routes.ts";
import { wholeNumber } from "../../src/http/query.ts";
import type { SeededRandom } from "./random.ts";
import { hostileMessage, hostilePath, hostileQuery } from "./requests.ts";

/**
 * Hands `count` pieces of nonsense to the parsers of an edge, with no socket in between. Whatever
 * they throw but what they are meant to throw goes through to the caller.
 */
export function abuseParsers(random: SeededRandom, count: number): void {
  const live = `/live/${newSpaceId()}`;
  const proxies = new TrustedProxies(["10.0.0.0/8"]);
  const limiter = new AddressLimiter(DEFAULT_GATE_LIMITS, 1_000);
  let inbound = new Inbound();
  const abuses = [
    () => {
      // Its state is carried from one message to the next, as on a socket.
      const steps = inbound.push(hostileMessage(random), random.below(1e6));
      if (steps.at(-1)?.kind === "end" || random.chance(0.02)) inbound = new Inbound();
    },
    () => unframe(random),
    () => void parseLivePath(hostilePath(random, live)),
    () => void parseHlsName(random.text(40)),
    () => {
      const query = new URLSearchParams(hostileQuery(random));
      for (const name of ["from", "_HLS_msn"]) void wholeNumber(query, name);
    },
    () =>
      void judgeHandshake({ method: "GET", httpVersion: "1.1", headers: hostileHeaders(random) }),
    () => {
      const lines = Object.entries(hostileHeaders(random)).map(
        ([name, value]) => `${name}: ${value}`,
      );
      const line = `GET ${hostilePath(random, live)} HTTP/1.1`;
      const request = Buffer.from([line, "Host: a", ...lines, "", ""].join("\r\n"));
      void readFirstRequest(request, { remoteAddress: "10.0.0.1" });
    },
    () => {
      const client = proxies.clientOf("10.0.0.1", random.text(60));
      limiter.join(addressKey(client) ?? "none", random.below(1e9));
    },
  ];
  for (let at = 0; at < count; at += 1) random.pick(abuses)();
}

function unframe(random: SeededRandom): void {
  const parser = new WebSocketFrameParser({ maxPayloadBytes: 1_024, masked: true });
  try {
    // In two pieces: what is cut in the middle must be put together.
    const bytes = hostileMessage(random);
    const cut = random.below(bytes.length);
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)])
      for (const _ of parser.push(part));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}

function hostileHeaders(random: SeededRandom): Record<string, string> {
  const value = (right: string) => (random.chance(0.7) ? right : random.text(40));
  return {
    upgrade: value("websocket"),
    connection: value("Upgrade"),
    "sec-websocket-version": value("13"),
    "sec-websocket-key": value("cm9zdHJhLWJlbmNoLWtleQ=="),
    "sec-websocket-protocol": value("rostra.live.v1"),
  };
}
