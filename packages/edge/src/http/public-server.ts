import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { endSocket } from "../fanout/farewell.ts";
import type { Door } from "../gate/door.ts";
import { FirstLook } from "../gate/first-look.ts";
import type { UpgradeRequest } from "../gate/first-request.ts";
import { wantsWebSocket } from "./handshake.ts";
import { Port, type PortOptions } from "./port.ts";
import { type Refusal, rawRefusal, refuse, sendRefusal } from "./respond.ts";
import { SocketTakeOver } from "./take-over.ts";

/** Who sends slowly is cut: a request is small, and so is the patience for it. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a blocking playlist reload, so that HLS players keep their connection. */
const KEEP_ALIVE_MS = 15_000;
const CHECK_EVERY_MS = 5_000;
/** A connection on which nothing moves, either way, while an answer is on its way. */
const STILL_MS = 30_000;
const HEADER_BYTES = 16_384;
/** Handshakes are cut with those who say nothing (gate/); no client renews one that it has. */
const TLS = { handshakeTimeout: HEADERS_TIMEOUT_MS, ALPNProtocols: ["http/1.1"] };

/** Called with a path that begins with a slash, as it came: nothing is decoded. */
export interface PublicHandlers {
  readonly request: (
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
    query: URLSearchParams,
  ) => void;
  /** The socket is bare: errors are handled, everything else is the handler's. */
  readonly upgrade: (
    req: IncomingMessage,
    socket: Socket,
    path: string,
    query: URLSearchParams,
    /** What came behind the request. */
    first: Uint8Array,
  ) => void;
  /** The same for a space's own path, found before node:http has seen the connection. */
  readonly join: (
    req: UpgradeRequest,
    socket: Socket,
    path: string,
    query: URLSearchParams,
  ) => void;
}

export interface PublicServer {
  readonly server: Server;
  /** What the next connections are served with. Only where it was made with a certificate. */
  readonly setCertificate: (certificate: SecureContextOptions) => void;
  readonly takeOver: SocketTakeOver;
  /** @see Port.listen */
  readonly listen: (at: PortOptions) => Promise<number>;
  /** As {@link Port.close}; who has not said a whole request yet is cut at once. */
  readonly close: (patienceMs: number) => Promise<void>;
  /** Set once, before the server listens. */
  handlers: PublicHandlers | undefined;
}

export interface PublicServerOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** Who may come in, and how long they may take over it. */
  readonly door: Door;
  /** With a certificate it speaks TLS, and nothing else. */
  readonly certificate: SecureContextOptions | undefined;
}

/** The server that the world talks to, with its limits; what is asked for is the handlers' to say. */
export function createPublicServer(options: PublicServerOptions): PublicServer {
  const { log, clock, door } = options;
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    maxHeaderSize: HEADER_BYTES,
    noDelay: true,
    // Anything else that asks for an upgrade (h2c) is answered as if it hadn't.
    shouldUpgradeCallback: wantsWebSocket,
  };
  const { certificate } = options;
  const tls = certificate && createTlsServer({ ...limits, ...certificate, ...TLS });
  const server: Server = tls ?? createServer(limits);
  server.setTimeout(STILL_MS);
  const port = new Port(server);
  // What node:http does with a connection is done with those that the first look leaves to it.
  const ready = tls === undefined ? "connection" : "secureConnection";
  const [serve] = server.listeners(ready) as ((socket: Socket) => void)[];
  server.off(ready, serve!);
  server.on("connection", (socket) => door.opened(socket));
  const takeOver = new SocketTakeOver(server, log, (socket) => door.taken(socket));
  const self: PublicServer = {
    server,
    setCertificate: (certificate) => tls?.setSecureContext(certificate),
    takeOver,
    listen: (at) => port.listen(at),
    close: (patienceMs) => {
      const closed = port.close(patienceMs);
      door.cutWaiting();
      return closed;
    },
    handlers: undefined,
  };
  server.on("request", (req, res) => {
    if (takeOver.isClaimed(req.socket)) {
      // Sent behind a request whose answer never ends.
      req.socket.destroy();
      return;
    }
    if (!door.asked(req, res)) return;
    guard(log, res, () => {
      const target = splitTarget(req.url);
      const refusal = target === undefined ? BAD_TARGET : door.judgeJoin(req, target.path);
      if (refusal !== undefined) sendRefusal(res, refusal);
      else self.handlers?.request(req, res, target!.path, target!.query);
    });
  });
  const judgeUpgrade = (req: UpgradeRequest, bare: Socket, next: (target: Target) => void) => {
    try {
      const target = splitTarget(req.url);
      const refusal = target === undefined ? BAD_TARGET : door.judgeJoin(req, target.path);
      if (refusal !== undefined) endSocket(bare, clock, rawRefusal(refusal));
      else next(target!);
    } catch (err) {
      log.error({ err }, "an upgrade failed");
      bare.destroy();
    }
  };
  server.on("upgrade", (req, socket, first) => {
    if (takeOver.isClaimed(socket)) return;
    const bare = takeOver.claim(socket as Socket);
    judgeUpgrade(req, bare, ({ path, query }) => {
      self.handlers?.upgrade(req, bare, path, query, first);
    });
  });
  const firstLook = new FirstLook({
    onJoin: (req, bare) => {
      door.taken(bare);
      judgeUpgrade(req, bare, ({ path, query }) => self.handlers?.join(req, bare, path, query));
    },
    onOther: (socket, first) => {
      serve!.call(server, socket);
      // As the stream itself would have: node:http reads on from there by its own means.
      socket.emit("data", first);
    },
  });
  server.on(ready, (socket) => firstLook.take(socket));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Whose handshake has failed can't be told why.
    const isDeaf = /^(?:ECONNRESET|ERR_SSL|ERR_TLS)/.test(error.code ?? "");
    if (isDeaf || !socket.writable) socket.destroy();
    else endSocket(socket as Socket, clock, clientErrorAnswer(error.code));
  });
  return self;
}

const BAD_TARGET: Refusal = refuse("bad-request", "the request target must be a path");

/** A mistake of ours costs one request, never the process with all its listeners. */
function guard(log: Logger, res: ServerResponse, handle: () => void): void {
  try {
    handle();
  } catch (err) {
    log.error({ err }, "a request failed");
    if (res.headersSent) res.destroy();
    else sendRefusal(res, refuse("internal", "something failed on our side; try again"));
  }
}

/** Shared by all who ask for nothing special: handlers only read it. */
const NO_QUERY = new URLSearchParams();

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

function splitTarget(url = ""): Target | undefined {
  if (!url.startsWith("/")) return undefined;
  const at = url.indexOf("?");
  const path = at === -1 ? url : url.slice(0, at);
  return { path, query: at === -1 ? NO_QUERY : new URLSearchParams(url.slice(at + 1)) };
}

/** What node:http itself found wrong, before there was a request to answer. */
function clientErrorAnswer(code: string | undefined): string {
  const bare = (status: number) =>
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
  if (code === "HPE_HEADER_OVERFLOW") return bare(431);
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return bare(408);
  return rawRefusal(refuse("bad-request", "this is not HTTP"));
}
