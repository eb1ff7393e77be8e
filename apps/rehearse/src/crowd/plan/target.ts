import { isSpaceId, type SpaceId } from "@rostra/wire";
import { CrowdError } from "../errors.ts";

/** Where the crowd goes: one space on one server. */
export interface Target {
  /** Origin and, where a proxy has one, a path before ours; no slash at the end. */
  readonly baseUrl: string;
  readonly spaceId: SpaceId;
  /** Name or address to connect to. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** For the Host header. */
  readonly authority: string;
  /** Path of the space's sound: `/live/{id}`. */
  readonly livePath: string;
}

const HOW = "give a space's link, such as http://localhost:7070/s/0123456789abcdef";

/**
 * Any of a space's addresses: its page, its WebSocket, a stream, its playlist.
 * @throws {CrowdError} `bad-option`
 */
export function parseTarget(text: string): Target {
  const url = URL.parse(text);
  if (url === null || !/^(https?|wss?):$/.test(url.protocol)) {
    throw new CrowdError("bad-option", `'${text}' is no link: ${HOW}`);
  }
  const match = /^(.*)\/(?:s|live)\/([^/.]+)(?:[/.].*)?$/.exec(url.pathname);
  const id = match?.[2];
  if (match === null || !isSpaceId(id)) {
    throw new CrowdError("bad-option", `'${text}' names no space: ${HOW}`);
  }
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  const prefix = match[1]!;
  return {
    baseUrl: `${secure ? "https" : "http"}://${url.host}${prefix}`,
    spaceId: id,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    secure,
    authority: url.host,
    livePath: `${prefix}/live/${id}`,
  };
}

/** Whether the target is this machine by an IPv4 address: then it has many addresses to come from. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || /^127(\.\d{1,3}){3}$/.test(host);
}
