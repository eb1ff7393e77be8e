import { hash } from "node:crypto";
import { WEBSOCKET_GUID, WEBSOCKET_SUBPROTOCOL } from "@rostra/wire";
import type { UpgradeRequest } from "../gate/first-request.ts";
import { type Refusal, refuse } from "./respond.ts";

/** What of a request the handshake looks at. */
export type HandshakeRequest = Pick<UpgradeRequest, "method" | "httpVersion" | "headers">;

/** 16 bytes in base64, which ends with two fillers. */
const KEY_PATTERN = /^[A-Za-z0-9+/]{22}==$/;
const UPGRADE_HEADERS = { upgrade: "websocket", connection: "upgrade" } as const;

export function wantsWebSocket({ headers }: Pick<HandshakeRequest, "headers">): boolean {
  return lists(headers.upgrade, "websocket");
}

/**
 * The opening handshake (RFC 6455, section 4.2), judged.
 * @returns the whole response head, or why there is none
 */
export function judgeHandshake(request: HandshakeRequest): string | Refusal {
  const { method, httpVersion, headers } = request;
  if (method !== "GET" || httpVersion !== "1.1") {
    return refuse("bad-request", "a WebSocket begins with GET and HTTP/1.1");
  }
  if (!wantsWebSocket(request) || !lists(headers.connection, "upgrade")) {
    return upgradeRequired();
  }
  if (headers["sec-websocket-version"] !== "13") {
    return refuse("upgrade-required", "Sec-WebSocket-Version must be 13", {
      ...UPGRADE_HEADERS,
      "sec-websocket-version": "13",
    });
  }
  const key = headers["sec-websocket-key"];
  if (key === undefined || !KEY_PATTERN.test(key)) {
    return refuse("bad-request", "Sec-WebSocket-Key must be 16 bytes in base64");
  }
  if (!lists(headers["sec-websocket-protocol"], WEBSOCKET_SUBPROTOCOL)) {
    return refuse("bad-request", `Sec-WebSocket-Protocol must offer ${WEBSOCKET_SUBPROTOCOL}`);
  }
  return ACCEPTED + hash("sha1", key + WEBSOCKET_GUID, "base64") + WITH_PROTOCOL;
}

const ACCEPTED =
  "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ";
const WITH_PROTOCOL = `\r\nsec-websocket-protocol: ${WEBSOCKET_SUBPROTOCOL}\r\n\r\n`;

/** For a plain GET where only a WebSocket makes sense: says what else there is. */
export function upgradeRequired(): Refusal {
  return refuse(
    "upgrade-required",
    `upgrade to websocket with subprotocol ${WEBSOCKET_SUBPROTOCOL}, or use .ogg, .aac or /index.m3u8`,
    UPGRADE_HEADERS,
  );
}

/** Whether a comma-separated header names something, in any case. @param item in lower case */
function lists(header: string | undefined, item: string): boolean {
  if (header === undefined) return false;
  const all = header.toLowerCase();
  // Nearly everybody says that and nothing else.
  return all === item || all.split(",").some((each) => each.trim() === item);
}
