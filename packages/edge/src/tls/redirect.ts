import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";

/** What is said of a port after the host's name; an IPv6 address stands in brackets. */
const HOST = /^((?:[a-z0-9-]+\.)*[a-z0-9-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const MAX_PATH = 2_048;

export interface RedirectOptions {
  /** The port of HTTPS, for callers who came by a name. */
  readonly httpsPort: () => number;
  /** Files with the answers to an authority's challenges, called by their tokens; none: no answers. */
  readonly challengeDirectory?: string | undefined;
}

/** HTTP-01 (RFC 8555, section 8.3); a token is base64url. */
const CHALLENGE = /^\/\.well-known\/acme-challenge\/([\w-]{1,200})$/;

/**
 * Plain HTTP that sends everybody on to HTTPS, by the name that they came by (RFC 9110, 15.4.9), but
 * for authorities: they come before there is a certificate.
 */
export function createRedirectServer(options: RedirectOptions): Server {
  const { httpsPort, challengeDirectory } = options;
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
      const token = CHALLENGE.exec(path)?.[1];
      if (token !== undefined && challengeDirectory !== undefined) {
        void answerChallenge(join(challengeDirectory, token), res);
        return;
      }
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

/** Whichever process of this machine has the connection answers for the one that has ordered. */
async function answerChallenge(file: string, res: ServerResponse): Promise<void> {
  try {
    const answer = await readFile(file);
    res.writeHead(200, { "content-type": "application/octet-stream" }).end(answer);
  } catch {
    res.writeHead(404, { "content-length": "0" }).end();
  }
}
