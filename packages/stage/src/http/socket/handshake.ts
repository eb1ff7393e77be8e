import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import {
  PROBLEM_MEDIA_TYPE,
  type ProblemDetails,
  problem,
  STAGE_SUBPROTOCOL,
  WEBSOCKET_GUID,
} from "@rostra/wire";

/** What of a request the handshake looks at. */
export type HandshakeRequest = Pick<IncomingMessage, "method" | "headers" | "url">;

/** 16 bytes in base64, which ends with two fillers. */
const KEY_PATTERN = /^[A-Za-z0-9+/]{22}==$/;
const PATH_PATTERN = /^\/api\/v1\/spaces\/([^/?]{1,100})\/stage(?:\?.*)?$/;

/** A handshake that can be answered: for which space, and with what. */
export interface Handshake {
  /** As it came: whether there is such a space isn't known here. */
  readonly spaceId: string;
  readonly head: string;
}

/** The opening handshake (RFC 6455, section 4.2), judged. */
export function judgeHandshake(request: HandshakeRequest): Handshake | ProblemDetails {
  const { method, headers, url = "" } = request;
  const spaceId = PATH_PATTERN.exec(url)?.[1];
  if (spaceId === undefined || method !== "GET") return problem("not-found", "no such address");
  if (!listOf(headers.upgrade).includes("websocket")) {
    return problem("upgrade-required", `upgrade to websocket with ${STAGE_SUBPROTOCOL}`);
  }
  if (headers["sec-websocket-version"] !== "13") {
    return problem("upgrade-required", "Sec-WebSocket-Version must be 13");
  }
  const key = headers["sec-websocket-key"];
  if (key === undefined || !KEY_PATTERN.test(key)) {
    return problem("bad-request", "Sec-WebSocket-Key must be 16 bytes in base64");
  }
  if (!listOf(headers["sec-websocket-protocol"]).includes(STAGE_SUBPROTOCOL)) {
    return problem("bad-request", `Sec-WebSocket-Protocol must offer ${STAGE_SUBPROTOCOL}`);
  }
  const head = rawHead("101 Switching Protocols", {
    upgrade: "websocket",
    connection: "upgrade",
    "sec-websocket-accept": createHash("sha1")
      .update(key + WEBSOCKET_GUID)
      .digest("base64"),
    "sec-websocket-protocol": STAGE_SUBPROTOCOL,
  });
  return { spaceId, head };
}

/** A refusal as bytes, for a socket that no HTTP response belongs to any more. */
export function rawRefusal(details: ProblemDetails): string {
  const body = JSON.stringify(details);
  return rawHead(`${details.status} ${details.title}`, {
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
    ...(details.status === 426 ? { upgrade: "websocket", "sec-websocket-version": "13" } : {}),
    ...(details.status === 503 ? { "retry-after": "1" } : {}),
  }).concat(body);
}

function rawHead(status: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}

/** A comma-separated header in lower case; subprotocols have no capitals. */
function listOf(header: string | undefined): string[] {
  return (header ?? "").split(",").map((item) => item.trim().toLowerCase());
}
