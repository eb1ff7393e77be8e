/** All that a handshake, its limits and its refusals are decided by. */
export interface UpgradeHeaders {
  readonly upgrade?: string | undefined;
  readonly connection?: string | undefined;
  readonly "sec-websocket-version"?: string | undefined;
  readonly "sec-websocket-key"?: string | undefined;
  readonly "sec-websocket-protocol"?: string | undefined;
  readonly "x-forwarded-for"?: string | readonly string[] | undefined;
}

/**
 * What of a request to upgrade anybody looks at: a request of node:http is one, and so is what
 * {@link readFirstRequest} has read, with the socket that it came on.
 */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly url?: string | undefined;
  readonly headers: UpgradeHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Longer heads, and those with more headers, are node:http's: browsers send 500 to 1,500 bytes. */
const MOST_BYTES = 4_096;
const MOST_HEADERS = 40;
const LINE_FEED = 0x0a;

/** A space's own path, and a query in which nothing is odd; what is escaped there stays so. */
const REQUEST_LINE = /^GET (\/live\/[0-9a-z]{16}(?:\?[\w.~%=&+-]*)?) HTTP\/1\.1\r\n/;
/** Printable ASCII; one space before the value, none after it. */
const HEADER = /([A-Za-z0-9-]+): ([!-~](?:[ -~]*[!-~])?)\r\n/y;
const UPGRADE = /^websocket$/i;
/** As browsers say it. */
const CONNECTION = /^(?:keep-alive, ?)?upgrade$/i;
/** With one of these there is more to a request than its head. */
const MORE_THAN_A_HEAD = /^(?:content-length|transfer-encoding|trailer|te|expect|http2-settings)$/;

/**
 * Reads a connection's first bytes where they are one whole and plain WebSocket handshake on a space's
 * path, which is what nearly everybody in a storm says. Where this answers, node:http would have found
 * the same; only that its parser and its objects cost more than the rest of a join.
 * @returns undefined for everything else, be it wrong, unfinished or just unusual: node:http judges it
 */
export function readFirstRequest(bytes: Buffer): Omit<UpgradeRequest, "socket"> | undefined {
  // Most of what is something else shows by its length, or by its last byte.
  const { length } = bytes;
  if (length > MOST_BYTES || bytes[length - 1] !== LINE_FEED) return undefined;
  const text = bytes.toString("latin1");
  const line = REQUEST_LINE.exec(text);
  const headers = line === null ? undefined : readHeaders(text, line[0].length);
  if (headers === undefined || !headers.has("host")) return undefined;
  const upgrade = headers.get("upgrade") ?? "";
  const connection = headers.get("connection") ?? "";
  if (!UPGRADE.test(upgrade) || !CONNECTION.test(connection)) return undefined;
  return {
    ...{ method: "GET", httpVersion: "1.1", url: line![1]! },
    headers: {
      ...{ upgrade, connection },
      "sec-websocket-version": headers.get("sec-websocket-version"),
      "sec-websocket-key": headers.get("sec-websocket-key"),
      "sec-websocket-protocol": headers.get("sec-websocket-protocol"),
      "x-forwarded-for": headers.get("x-forwarded-for"),
    },
  };
}

/**
 * @param from where the first header begins
 * @returns by name in lower case; undefined where the empty line isn't the very end, and where one comes
 * twice: what that means differs from header to header
 */
function readHeaders(text: string, from: number): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  let at = from;
  while (headers.size < MOST_HEADERS) {
    if (at === text.length - 2) return text.endsWith("\r\n") ? headers : undefined;
    HEADER.lastIndex = at;
    const match = HEADER.exec(text);
    if (match === null) return undefined;
    const name = match[1]!.toLowerCase();
    if (headers.has(name) || MORE_THAN_A_HEAD.test(name)) return undefined;
    headers.set(name, match[2]!);
    at = HEADER.lastIndex;
  }
  return undefined;
}
