import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { LIMITS } from "@rostra/wire";
import type { Logger } from "pino";
import type { TrustedProxies } from "../gate/address.ts";
import { type Refusal, refuse, sendRefusal } from "./respond.ts";

/** What a service gets to begin its answer, ms. */
const ANSWER_TIMEOUT_MS = 15_000;
/** Requests to one service at once; more wait for a connection. */
const MAX_SOCKETS = 256;
const RETRY_SOON = { "retry-after": "1" } as const;

/** Not passed on: they speak of one connection only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Hands requests on to the process that answers them: control, or a stage. Streams both ways. */
export class ServiceProxy {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: 16 });
  readonly #log: Logger;
  readonly #proxies: TrustedProxies;

  constructor(log: Logger, proxies: TrustedProxies) {
    this.#log = log;
    this.#proxies = proxies;
  }

  /** @param serviceUrl base of the service's internal listener */
  forward(req: IncomingMessage, res: ServerResponse, serviceUrl: string, bodyBytes: number): void {
    if (Number(req.headers["content-length"] ?? 0) > bodyBytes) {
      // The body isn't read: the connection can't be used again.
      refuseBody(res, bodyBytes);
      return;
    }
    const target = new URL(serviceUrl);
    const upstream = request({
      agent: this.#agent,
      host: target.hostname,
      port: target.port,
      method: req.method ?? "GET",
      path: req.url ?? "/",
      headers: forwardedHeaders(req, this.#proxies),
      timeout: ANSWER_TIMEOUT_MS,
      setHost: false,
    });
    upstream.on("timeout", () => upstream.destroy());
    upstream.on("error", (err) => {
      // The caller has left: that is why there is no answer.
      if (res.destroyed) return;
      // Too late for an answer of ours: the caller must see that this one is cut short.
      if (res.headersSent) {
        res.destroy();
        return;
      }
      this.#log.warn({ err, path: req.url }, "a service gave no answer");
      sendRefusal(res, noAnswer());
    });
    upstream.on("response", (answer) => relayAnswer(answer, res));
    res.on("close", () => upstream.destroy());
    sendBody(req, res, upstream, bodyBytes);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function noAnswer(): Refusal {
  return refuse("unavailable", "the service gave no answer; try again", RETRY_SOON);
}

/** Why there is nobody to hand a request to. */
export function noService(what: string): Refusal {
  return refuse("unavailable", `${what} is not there at the moment; try again`, RETRY_SOON);
}

function refuseBody(res: ServerResponse, bodyBytes: number): void {
  const detail = `send at most ${bodyBytes} bytes`;
  sendRefusal(res, refuse("too-large", detail, { connection: "close" }));
}

/** Streams the body on, counted: a length that was announced wrongly, or not at all, is no way in. */
function sendBody(
  req: IncomingMessage,
  res: ServerResponse,
  upstream: ReturnType<typeof request>,
  bodyBytes: number,
): void {
  let taken = 0;
  req.on("data", (bytes: Buffer) => {
    taken += bytes.length;
    if (taken > bodyBytes) {
      req.pause();
      refuseBody(res, bodyBytes);
      upstream.destroy();
    }
  });
  req.pipe(upstream);
}

/** Hands the answer back as it comes; duplicates such as Set-Cookie stay apart. */
function relayAnswer(answer: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent || res.destroyed) {
    answer.destroy();
    return;
  }
  const named = namedByConnection(answer);
  const headers: string[] = [];
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at]!;
    if (isPassedOn(name, named)) headers.push(name, answer.rawHeaders[at + 1]!);
  }
  res.writeHead(answer.statusCode ?? 502, headers);
  answer.on("error", () => res.destroy());
  answer.pipe(res);
}

/** A request's headers as the service that answers it gets them. */
export function forwardedHeaders(
  req: IncomingMessage,
  proxies: TrustedProxies,
): Record<string, string | string[]> {
  const named = namedByConnection(req);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined && isPassedOn(name, named)) headers[name] = value;
  }
  // The body goes on as it came: with its length, or in chunks.
  if (req.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  // HTTP/1.0 callers may leave it out; whoever answers must not have to care.
  headers["host"] ??= "";
  return { ...headers, ...forwardedFor(req, proxies) };
}

/** Whoever stands before us (a TLS proxy on this machine, say) is believed; nobody else is. */
function forwardedFor(req: IncomingMessage, proxies: TrustedProxies): Record<string, string> {
  const peer = req.socket.remoteAddress ?? "";
  const believed = proxies.has(peer);
  const given = (name: string) => (believed ? firstOf(req.headers[name]) : undefined);
  const before = given("x-forwarded-for");
  const own = "encrypted" in req.socket ? "https" : "http";
  const proto = given("x-forwarded-proto") ?? own;
  return {
    "x-forwarded-for": before === undefined ? peer : `${before}, ${peer}`,
    "x-forwarded-proto": proto === "https" ? "https" : "http",
    "x-forwarded-host": given("x-forwarded-host") ?? req.headers.host ?? "",
  };
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Headers that a message declares to be for this connection only. */
function namedByConnection(message: IncomingMessage): ReadonlySet<string> {
  const list = message.headers.connection ?? "";
  return new Set(list.split(",").map((name) => name.trim().toLowerCase()));
}

function isPassedOn(name: string, named: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  return !HOP_BY_HOP.has(lower) && !named.has(lower);
}

/** How much a caller may send: an SDP offer is the largest thing there is. */
export const BODY_BYTES = { stage: LIMITS.sdpBytes, control: LIMITS.jsonBodyBytes } as const;
