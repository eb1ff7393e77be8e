import { createServer, type Server } from "node:http";

/** What is said of a port after the host's name; an IPv6 address stands in brackets. */
const HOST = /^((?:[a-z0-9-]+\.)*[a-z0-9-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const MAX_PATH = 2_048;

export interface RedirectOptions {
  /** The port of HTTPS, for callers who came by a name. */
  readonly httpsPort: () => number;
}

/** Plain HTTP that sends everybody on to HTTPS, by the name that they came by (RFC 9110, 15.4.9). */
export function createRedirectServer({ httpsPort }: RedirectOptions): Server {
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      keepAliveTimeout: 1_000,
      maxHeaderSize: 8_192,
      connectionsCheckingInterval: 1_000,
    },
    (req, res) => {
      const host = HOST.exec(req.headers.host ?? "")?.[1];
      const path = req.url ?? "/";
      if (host === undefined || !path.startsWith("/") || path.length > MAX_PATH) {
        res.writeHead(400, { "content-length": "0", connection: "close" }).end();
        return;
      }
      const port = httpsPort() === 443 ? "" : `:${httpsPort()}`;
      const location = `https://${host}${port}${path}`;
      res.writeHead(308, { location, "content-length": "0", "cache-control": "no-store" }).end();
    },
  );
  // Nobody stays here: a caller that keeps its connection gains nothing by it.
  server.maxRequestsPerSocket = 10;
  server.setTimeout(5_000);
  return server;
}
