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

/**
 * A space's own path, and a query in which nothing is odd (what is escaped there stays so); then headers of
 * printable ASCII with one space before the value, an empty line, and nothing behind it.
 */
const PLAIN =
  /^GET \/live\/[0-9a-z]{16}(?:\?[\w.~%=&+-]*)? HTTP\/1\.1\r\n(?:[A-Za-z0-9-]+: [!-~][ -~]*\r\n)+\r\n$/;
const TARGET_AT = "GET ".length;
const UPGRADE = /^websocket$/i;
/** As browsers say it. */
const CONNECTION = /^(?:keep-alive, ?)?upgrade$/i;

/** Nothing yet of all that is looked at: one shape, whatever comes in which order. */
const NOTHING = {
  host: undefined,
  upgrade: undefined,
  connection: undefined,
  "sec-websocket-version": undefined,
  "sec-websocket-key": undefined,
  "sec-websocket-protocol": undefined,
  "x-forwarded-for": undefined,
};
type Name = keyof typeof NOTHING;
type Found = Record<Name, string | undefined>;
/** With one of these there is more to a request than its head. */
const MORE_THAN_A_HEAD = [
  "content-length",
  "transfer-encoding",
  "trailer",
  "te",
  "expect",
  "http2-settings",
];
type Meaning = Name | "more";
/** What becomes of a header, by its name in lower case. */
const KNOWN = new Map<string, Meaning>([
  ...(Object.keys(NOTHING) as Name[]).map((name) => [name, name] as const),
  ...MORE_THAN_A_HEAD.map((name) => [name, "more"] as const),
]);
/**
 * The same by the name's length, as browsers spell it: of most headers not even the name is read, of the others
 * hardly one is copied to be found.
 */
const BY_LENGTH: (readonly { readonly spelled: string; readonly meaning: Meaning }[])[] = [];
for (const [name, meaning] of KNOWN) {
  const spelled = `${name.replace(/(?:^|-)./g, (start) => start.toUpperCase()).replace("Websocket", "WebSocket")}:`;
  BY_LENGTH[name.length] = [...(BY_LENGTH[name.length] ?? []), { spelled, meaning }];
}

/**
 * Reads a connection's first bytes where they are one whole and plain WebSocket handshake on a space's
 * path, which is what nearly everybody in a storm says. Where this answers, node:http would have found
 * the same; only that its parser and its objects cost more than the rest of a join.
 * @param socket that they came on
 * @returns undefined for everything else, be it wrong, unfinished or just unusual: node:http judges it
 */
export function readFirstRequest(
  bytes: Buffer,
  socket: UpgradeRequest["socket"],
): UpgradeRequest | undefined {
  // Most of what is something else shows by its length, or by its last byte.
  const { length } = bytes;
  if (length > MOST_BYTES || bytes[length - 1] !== LINE_FEED) return undefined;
  const text = bytes.toString("latin1");
  // White space at the end of a value isn't part of it.
  if (!PLAIN.test(text) || text.includes(" \r\n")) return undefined;
  const url = text.slice(TARGET_AT, text.indexOf(" ", TARGET_AT));
  const headers = readHeaders(text, text.indexOf("\n") + 1);
  if (headers?.host === undefined) return undefined;
  const { upgrade = "", connection = "" } = headers;
  if (!UPGRADE.test(upgrade) || !CONNECTION.test(connection)) return undefined;
  return { method: "GET", httpVersion: "1.1", url, headers, socket };
}

/** @param from where the first header begins, of a text that is {@link PLAIN} */
function readHeaders(text: string, from: number): Found | undefined {
  const found: Found = { ...NOTHING };
  let count = 0;
  for (let at = from; at < text.length - 2; ) {
    count += 1;
    if (count > MOST_HEADERS) return undefined;
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r", colon);
    const name = meaningOf(text, at, colon);
    if (name !== undefined) {
      // What two of one would mean differs from header to header.
      if (name === "more" || found[name] !== undefined) return undefined;
      found[name] = text.slice(colon + 2, end);
    }
    at = end + 2;
  }
  return found;
}

/** @param at where the header begins. @param colon where its name ends */
function meaningOf(text: string, at: number, colon: number): Meaning | undefined {
  const candidates = BY_LENGTH[colon - at];
  if (candidates === undefined) return undefined;
  for (const { spelled, meaning } of candidates) {
    if (text.startsWith(spelled, at)) return meaning;
  }
  return KNOWN.get(text.slice(at, colon).toLowerCase());
}
