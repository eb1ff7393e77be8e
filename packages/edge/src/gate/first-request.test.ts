import { createServer } from "node:http";
import { duplexPair } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wantsWebSocket } from "../http/handshake.ts";
import { readFirstRequest, type UpgradeHeaders } from "./first-request.ts";

const PATH = "/live/0123456789abcdef";
const NAMES = [
  ...["upgrade", "connection", "sec-websocket-version", "sec-websocket-key"],
  ...["sec-websocket-protocol", "x-forwarded-for"],
] as const;
const PLAIN = [
  ["Host", "rostra.test"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"],
  ["Upgrade", "websocket"],
  ["Connection", "keep-alive, Upgrade"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ["Sec-WebSocket-Protocol", "rostra.live.v1"],
] as const;

const lines = (headers: readonly (readonly [string, string])[]) =>
  headers.map(([name, value]) => `${name}: ${value}`);
const text = (line: string, headers: readonly string[]) => [line, ...headers, "", ""].join("\r\n");
const plain = (headers: readonly (readonly [string, string])[] = PLAIN, target = PATH) =>
  text(`GET ${target} HTTP/1.1`, lines(headers));
const SOCKET = { remoteAddress: "192.0.2.1" };
const read = (request: string) => readFirstRequest(Buffer.from(request, "latin1"), SOCKET);

interface Found {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly url?: string | undefined;
  readonly headers: UpgradeHeaders;
}

/** What node:http itself makes of it; undefined where that isn't an upgrade with nothing behind it. */
async function readByNode(request: string): Promise<Found | undefined> {
  const { promise, resolve } = Promise.withResolvers<Found | undefined>();
  const server = createServer({ shouldUpgradeCallback: wantsWebSocket }, () => resolve(undefined));
  server.on("clientError", () => resolve(undefined));
  server.on("upgrade", ({ method, httpVersion, url, headers }, _socket, behind) => {
    resolve(behind.length === 0 ? { method, httpVersion, url, headers } : undefined);
  });
  const [client, served] = duplexPair();
  served.on("close", () => resolve(undefined));
  server.emit("connection", served);
  client.resume();
  client.end(Buffer.from(request, "latin1"));
  const found = await promise;
  client.destroy();
  served.destroy();
  return found;
}

const facts = ({ method, httpVersion, url, headers }: Found) => ({
  ...{ method, httpVersion, url },
  headers: Object.fromEntries(NAMES.map((name) => [name, headers[name]])),
});

/** A plain handshake, and what people and attackers make of one. */
const REQUESTS = fc
  .record({
    line: fc.oneof(
      { weight: 6, arbitrary: fc.constant(`GET ${PATH} HTTP/1.1`) },
      fc.webQueryParameters().map((query) => `GET ${PATH}?${query} HTTP/1.1`),
      fc.constantFrom(
        ...[`POST ${PATH} HTTP/1.1`, `GET ${PATH} HTTP/1.0`, `GET  ${PATH} HTTP/1.1`],
        ...[`GET ${PATH}.ogg HTTP/1.1`, `GET ${PATH}/frames HTTP/1.1`, `GET ${PATH}#x HTTP/1.1`],
        ...[`GET http://a${PATH} HTTP/1.1`, `get ${PATH} HTTP/1.1`, `GET ${PATH}? HTTP/1.1`],
      ),
    ),
    headers: fc.shuffledSubarray(lines(PLAIN), { minLength: PLAIN.length - 1 }),
    odd: fc.array(
      fc.oneof(
        fc.constantFrom(
          ...["Upgrade: websocket", "upgrade: h2c", "Connection: close", "connection: Upgrade"],
          ...["Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked"],
          ...["Expect: 100-continue", " folded: line", "X-Forwarded-For: 192.0.2.1, 10.0.0.1"],
          ...["X-Forwarded-For:192.0.2.1", "X-Forwarded-For: 192.0.2.1 ", "Sec-WebSocket-Key: x"],
          ...["no colon", "space : before", "Empty:", "", "Host: another", "Cookie: a=b; c=d"],
        ),
        fc.tuple(fc.string(), fc.string()).map(([name, value]) => `${name}: ${value}`),
      ),
      { maxLength: 2 },
    ),
    upper: fc.boolean(),
    behind: fc.oneof({ weight: 4, arbitrary: fc.constant("") }, fc.string({ maxLength: 3 })),
  })
  .map(({ line, headers, odd, upper, behind }) => {
    const cased = headers.map((header) => (upper ? header.toUpperCase() : header));
    return text(line, [...cased, ...odd]) + behind;
  });

describe("the first bytes of a connection", () => {
  it("are read where they are a plain handshake, with any query and from behind a proxy", () => {
    const forwarded = ["X-Forwarded-For", "192.0.2.7, 10.1.2.3"] as const;
    expect(read(plain([...PLAIN, forwarded], `${PATH}?from=12&rendition=thin`))).toEqual({
      method: "GET",
      httpVersion: "1.1",
      url: `${PATH}?from=12&rendition=thin`,
      socket: SOCKET,
      headers: {
        host: "rostra.test",
        upgrade: "websocket",
        connection: "keep-alive, Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-protocol": "rostra.live.v1",
        "x-forwarded-for": "192.0.2.7, 10.1.2.3",
      },
    });
  });

  it("are read though headers come twice that nobody looks at", async () => {
    const request = plain([["Cookie", "a=b"], ...PLAIN, ["cookie", "c=d"]]);
    expect(facts(read(request)!)).toEqual(facts((await readByNode(request))!));
  });

  it.each([
    ["nothing", ""],
    ["a part of a handshake", plain().slice(0, -2)],
    ["a handshake with something behind it", `${plain()}x`],
    ["two handshakes", plain() + plain()],
    ["another path", plain(PLAIN, "/s/0123456789abcdef")],
    ["a stream", plain(PLAIN, `${PATH}.ogg`)],
    ["no upgrade", plain(PLAIN.filter(([name]) => name !== "Upgrade"))],
    ["no host", plain(PLAIN.slice(1))],
    [
      "a header that comes twice",
      plain([...PLAIN, ["X-Forwarded-For", "a"], ["x-forwarded-for", "b"]]),
    ],
    ["a body", plain([...PLAIN, ["Content-Length", "2"]])],
    ["a value with a space behind it", plain([...PLAIN, ["Cookie", "a=b "]])],
    ["a byte that isn't ASCII", plain([...PLAIN, ["Cookie", "caf\u00e9"]])],
    ["a line that ends with a line feed alone", plain().replace("\r\nUpgrade", "\nUpgrade")],
    [
      "too many headers",
      plain([...PLAIN, ...Array.from({ length: 40 }, (_, at) => [`X-${at}`, "y"] as const)]),
    ],
    ["too long a head", plain([...PLAIN, ["Cookie", "y".repeat(4_096)]])],
  ])("are left to node:http where they are %s", (_, request) => {
    expect(read(request)).toBeUndefined();
  });

  it("mean what they mean to node:http, or are left to it", async () => {
    let readHere = 0;
    await fc.assert(
      fc.asyncProperty(REQUESTS, async (request) => {
        const found = read(request);
        if (found === undefined) return;
        readHere += 1;
        const byNode = await readByNode(request);
        expect(byNode && facts(byNode)).toEqual(facts(found));
      }),
      { numRuns: 400 },
    );
    expect(readHere).toBeGreaterThan(20);
  });

  it("may be any bytes at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readFirstRequest(Buffer.from(bytes), SOCKET)).toBeUndefined();
      }),
    );
  });
});
