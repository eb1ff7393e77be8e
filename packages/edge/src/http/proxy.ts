import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { type Clock, LIMITS } from "@rostra/wire";
import type { Logger } from "pino";
import type { TrustedProxies } from "../gate/address.ts";
import { forwardedHeaders, passedOnHeaders } from "./forwarded-headers.ts";
import { type Refusal, refuse, sendRefusal } from "./respond.ts";
import { Upstreams } from "./upstreams.ts";

/** What a service gets to begin its answer, ms. */
const ANSWER_TIMEOUT_MS = 15_000;
/** What it gets to take a connection, ms: a machine that is gone doesn't even refuse. */
const CONNECT_TIMEOUT_MS = 1_000;
/** Requests to one service at once; more wait for a connection. */
const MAX_SOCKETS = 256;
const RETRY_SOON = { "retry-after": "1" } as const;

/** Where a request goes on to. */
export interface Destination {
  /** Bases of internal listeners: any of them will do, so another is asked when one is gone. */
  readonly urls: readonly string[];
  /** How much the caller may send. */
  readonly bodyBytes: number;
  /** What the caller gets as `Location`. */
  readonly location?: (given: string) => string;
}

/** Hands requests on to the process that answers them: control, or a stage. Streams both ways. */
export class ServiceProxy {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: 16 });
  readonly #log: Logger;
  readonly #proxies: TrustedProxies;
  readonly #upstreams: Upstreams;

  constructor(log: Logger, proxies: TrustedProxies, clock: Clock) {
    this.#log = log;
    this.#proxies = proxies;
    this.#upstreams = new Upstreams(clock);
  }

  forward(req: IncomingMessage, res: ServerResponse, destination: Destination): void {
    const { bodyBytes } = destination;
    if (Number(req.headers["content-length"] ?? 0) > bodyBytes) {
      // The body isn't read: the connection can't be used again.
      refuseBody(res, bodyBytes);
      return;
    }
    const urls = this.#upstreams.inOrder(destination.urls);
    if (urls.length === 1) {
      const upstream = this.#ask(req, res, { ...destination, urls });
      sendBody(req, res, upstream, bodyBytes);
      return;
    }
    // Kept, so that it can be sent once more: 16 kB at most.
    readBody(req, res, bodyBytes, (body) => this.#ask(req, res, { ...destination, urls }, body));
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @param body ended with, where it is known already; the caller's to send otherwise */
  #ask(
    req: IncomingMessage,
    res: ServerResponse,
    destination: Destination,
    body?: Buffer,
  ): ClientRequest {
    const [url = "", ...others] = destination.urls;
    const target = new URL(url);
    const upstream = request({
      agent: this.#agent,
      // An IPv6 address stands in brackets in a URL alone.
      host: target.hostname.replace(/^\[|\]$/g, ""),
      port: target.port,
      method: req.method ?? "GET",
      path: req.url ?? "/",
      headers: forwardedHeaders(req, this.#proxies),
      timeout: ANSWER_TIMEOUT_MS,
      setHost: false,
    });
    const connection = watchConnection(upstream);
    upstream.on("timeout", () => upstream.destroy());
    upstream.on("error", (err) => {
      if (!connection.stood) this.#upstreams.failed(url);
      // The caller has left: that is why there is no answer.
      if (res.destroyed) return;
      // Too late for an answer of ours: the caller must see that this one is cut short.
      if (res.headersSent) {
        res.destroy();
        return;
      }
      this.#log.warn({ err, path: req.url, url }, "a service gave no answer");
      const repeatable = !connection.stood || req.method === "GET" || req.method === "HEAD";
      if (body !== undefined && repeatable && others.length > 0) {
        this.#ask(req, res, { ...destination, urls: others }, body);
      } else {
        sendRefusal(res, noAnswer());
      }
    });
    upstream.on("response", (answer) => relayAnswer(answer, res, destination.location));
    res.on("close", () => upstream.destroy());
    if (body !== undefined) upstream.end(body);
    return upstream;
  }
}

/** Whether anything can have been sent: then only what changes nothing may be asked once more. */
function watchConnection(upstream: ClientRequest): { readonly stood: boolean } {
  const connection = { stood: false };
  upstream.on("socket", (socket: Socket) => {
    if (!socket.connecting) {
      connection.stood = true;
      return;
    }
    const timer = setTimeout(() => upstream.destroy(), CONNECT_TIMEOUT_MS);
    upstream.on("close", () => clearTimeout(timer));
    socket.once("connect", () => {
      connection.stood = true;
      clearTimeout(timer);
    });
  });
  return connection;
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

/** Counts the body: a length that was announced wrongly, or not at all, is no way in. */
function countBody(
  req: IncomingMessage,
  res: ServerResponse,
  bodyBytes: number,
  tooLarge: () => void,
): void {
  let taken = 0;
  req.on("data", (bytes: Buffer) => {
    taken += bytes.length;
    if (taken <= bodyBytes) return;
    req.pause();
    refuseBody(res, bodyBytes);
    tooLarge();
  });
}

/** Streams the body on. */
function sendBody(
  req: IncomingMessage,
  res: ServerResponse,
  upstream: ClientRequest,
  bodyBytes: number,
): void {
  countBody(req, res, bodyBytes, () => upstream.destroy());
  req.pipe(upstream);
}

function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  bodyBytes: number,
  whole: (body: Buffer) => void,
): void {
  const pieces: Buffer[] = [];
  let refused = false;
  countBody(req, res, bodyBytes, () => (refused = true));
  req.on("data", (bytes: Buffer) => {
    if (!refused) pieces.push(bytes);
  });
  req.on("end", () => whole(Buffer.concat(pieces)));
}

/** Hands the answer back as it comes. */
function relayAnswer(
  answer: IncomingMessage,
  res: ServerResponse,
  location: Destination["location"],
): void {
  if (res.headersSent || res.destroyed) {
    answer.destroy();
    return;
  }
  const headers = passedOnHeaders(answer);
  const at = headers.findIndex((field, index) => index % 2 === 0 && /^location$/i.test(field));
  if (at >= 0 && location !== undefined) headers[at + 1] = location(headers[at + 1]!);
  res.writeHead(answer.statusCode ?? 502, headers);
  answer.on("error", () => res.destroy());
  answer.pipe(res);
}

/** How much a caller may send: an SDP offer is the largest thing there is. */
export const BODY_BYTES = { stage: LIMITS.sdpBytes, control: LIMITS.jsonBodyBytes } as const;
