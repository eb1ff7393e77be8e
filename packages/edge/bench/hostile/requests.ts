import { encodeClientFrame, OPCODE, WEBSOCKET_SUBPROTOCOL } from "@rostra/wire";
import type { SeededRandom } from "./random.ts";

/** What nobody who means well would send. All of it follows from the seed. */

const NUMBERS = ["0", "-1", "1e9", "NaN", "9007199254740993", "99999999999999999999", "0x10", "٣"];
const QUERY_NAMES = ["_HLS_msn", "_HLS_part", "_HLS_skip", "from", "to", "sound", "rendition", "x"];
const HEADER_NAMES = ["Range", "X-Forwarded-For", "Accept", "Cookie", "Icy-MetaData", "Origin"];
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "BREW", "get", "PRI"];

/** A path, of ours or nearly so. @param live `/live/{id}` of a space that is on air */
export function hostilePath(random: SeededRandom, live: string): string {
  const file = () =>
    random.pick([
      "/index.m3u8",
      "/init.mp4",
      `/s${random.pick(NUMBERS)}.m4s`,
      `/p${random.below(1e6)}.${random.below(12)}.m4s`,
      "/frames",
      ".aac.ogg",
      "/../../etc/passwd",
      "/%2e%2e%2f",
      `/${random.text(60)}`,
      "",
    ]);
  const base = random.pick([
    live + file(),
    live + file(),
    `/live/${random.text(30)}`,
    `/s/${random.text(20)}`,
    `/assets/${random.text(40)}`,
    `//${random.text(10)}`,
    "/healthz",
    `/${random.text(200)}`,
  ]);
  return base.replace(/[\s\0]/g, "%") + hostileQuery(random);
}

export function hostileQuery(random: SeededRandom): string {
  if (random.chance(0.4)) return "";
  const value = () => (random.chance(0.7) ? random.pick(NUMBERS) : random.text(30));
  const pairs = Array.from(
    { length: 1 + random.below(4) },
    () => `${random.pick(QUERY_NAMES)}=${value().replace(/[\s\0]/g, "+")}`,
  );
  return `?${pairs.join(random.pick(["&", "&", "&&", ";"]))}`;
}

/** A request that node:http reads to its end: the connection stays, and the next may follow it. */
export function politeRequest(random: SeededRandom, live: string): string {
  const path = hostilePath(random, live).replace(/[^!-~]/g, "%");
  const headers = Array.from({ length: random.below(4) }, () => {
    const value = random.text(60).replace(/[^!-~]/g, " ");
    return `${random.pick(HEADER_NAMES)}: ${value}\r\n`;
  });
  return `${random.pick(["GET", "GET", "HEAD", "OPTIONS"])} ${path} HTTP/1.1\r\nHost: x\r\n${headers.join("")}\r\n`;
}

/** A request that is no HTTP, or none that is welcome: mostly the connection ends with it. */
export function rudeRequest(random: SeededRandom, live: string): Buffer {
  const path = hostilePath(random, live);
  const head = `GET ${path} HTTP/1.1\r\nHost: x\r\n`;
  const kinds: (() => string | Uint8Array)[] = [
    () => random.bytes(1 + random.below(400)),
    () => `${random.text(100)}\r\n\r\n`,
    () =>
      `${random.pick(METHODS)} ${path} HTTP/${random.pick(["1.1", "0.9", "2.0", "1.10"])}\r\n\r\n`,
    () => `${head}${random.text(40)}\r\n\r\n`,
    () => `${head}X-Long: ${"a".repeat(random.below(20_000))}\r\n\r\n`,
    () => `${head}${`X-${random.text(3)}: y\r\n`.repeat(random.below(2_000))}\r\n`,
    () => `${head}Content-Length: ${random.pick(NUMBERS)}\r\n\r\nbody`,
    () => `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    () => `${head}Transfer-Encoding: ${random.text(10)}\r\n\r\n`,
    () =>
      `POST /api/v1/guests HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n`,
    () =>
      `${head}Upgrade: ${random.pick(["h2c", "websocket", "x"])}\r\nConnection: Upgrade\r\n\r\n`,
    () => handshake(live).replace(/Sec-WebSocket-[A-Z][a-z]+: /, () => `${random.text(9)}: `),
    () => handshake(path),
    () => `GET ${random.pick(["*", "http://elsewhere/", "x"])} HTTP/1.1\r\nHost: x\r\n\r\n`,
    () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    // The hello of a TLS client, and nothing like it.
    () =>
      Uint8Array.of(0x16, 0x03, 0x01, random.below(256), random.below(256), ...random.bytes(40)),
    () => head,
  ];
  const made = random.pick(kinds)();
  return typeof made === "string" ? Buffer.from(made, "latin1") : Buffer.from(made);
}

/** The opening handshake of a listener, as it should be. */
export function handshake(path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: cm9zdHJhLWJlbmNoLWtleQ==",
    `Sec-WebSocket-Protocol: ${WEBSOCKET_SUBPROTOCOL}`,
    "\r\n",
  ].join("\r\n");
}

/** A message of a listener: nonsense, but one that it may go on after. */
export function bearableMessage(random: SeededRandom): Uint8Array {
  const kinds: (() => Uint8Array)[] = [
    () => framed(random, "text", hostileJson(random)),
    () => framed(random, "text", hostileJson(random)),
    () => framed(random, "ping", random.bytes(random.below(126))),
    () => framed(random, "pong", random.bytes(random.below(126))),
  ];
  return random.pick(kinds)();
}

/** A message of a listener: well framed or not, in JSON or not; mostly the last one. */
export function hostileMessage(random: SeededRandom): Uint8Array {
  const kinds: (() => Uint8Array)[] = [
    () => bearableMessage(random),
    () => random.bytes(1 + random.below(60)),
    () => framed(random, "text", random.bytes(random.below(200))),
    () => framed(random, "text", "[".repeat(random.below(1_000))),
    () => framed(random, "close", random.bytes(random.below(5))),
    () => framed(random, "binary", random.bytes(random.below(50))),
    () => framed(random, "text", "x".repeat(1_020 + random.below(200))),
    () => {
      // One bit is wrong: reserved, opcode, length or mask.
      const bytes = framed(random, "text", "{}");
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      return bytes;
    },
    // Says that far more is to come.
    () => Uint8Array.of(0x81, 0xff, ...random.bytes(12)),
  ];
  return random.pick(kinds)();
}

function framed(
  random: SeededRandom,
  opcode: keyof typeof OPCODE,
  payload: Uint8Array | string,
): Uint8Array {
  return encodeClientFrame(OPCODE[opcode], new Uint8Array(Buffer.from(payload)), random.bytes(4));
}

function hostileJson(random: SeededRandom): string {
  const value = () =>
    random.pick([1, -1, 1e308, null, true, "", "__proto__", "👏".repeat(100), [], {}, [[[]]]]);
  const type = random.pick(["reaction", "heard", "__proto__", "constructor", 7, null, {}]);
  return JSON.stringify({ type, emoji: value(), [random.text(8)]: value() });
}
