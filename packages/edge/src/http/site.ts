import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { EdgeError } from "../errors.ts";
import { refuse, send, sendRefusal } from "./respond.ts";

/** WebAssembly and workers from blobs decode the sound; nothing else leaves the house rules. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data:",
  // Another edge or a CDN may serve HLS while there is no room for live sound.
  "media-src 'self' blob: https:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join("; ");

/** Ids are read out and typed by hand, so capitals are forgiven. */
const SPACE_PAGE = /^\/s\/[0-9a-z]{16}\/?$/i;
/** Names with a hash of their content never change. */
const HASHED = /^\/assets\//;
const BYTE_RANGE = /^bytes=(\d{1,15})-(\d{0,15})$/;

/** Answers a GET or HEAD; `path` is that of the request, without its query. */
export type Site = (req: IncomingMessage, res: ServerResponse, path: string) => void;

/**
 * The web site: files as they are, and one page for `/` and every `/s/{id}`. Whoever follows any other
 * address in a browser gets that page too, with 404: it says in words what programs read in JSON.
 * @throws {EdgeError} `no-site`
 */
export function createSite(directory: string | null): Site {
  if (directory === null) return (_, res) => notFound(res);
  if (!existsSync(directory)) {
    throw new EdgeError("no-site", "the web site isn't built yet: npm run build");
  }
  const page = pageOf(directory);
  const serve = sirv(directory, {
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders(res, pathname) {
      const forever = HASHED.test(pathname);
      res.setHeader("cache-control", forever ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  return (req, res, path) => {
    res.setHeader("content-security-policy", CONTENT_SECURITY_POLICY);
    res.setHeader("x-content-type-options", "nosniff");
    res.setHeader("referrer-policy", "strict-origin-when-cross-origin");
    res.setHeader("permissions-policy", "microphone=(self), camera=(), geolocation=()");
    if (SPACE_PAGE.test(path)) req.url = "/";
    if (!isPlainRange(req.headers.range)) delete req.headers.range;
    const isPerson = page !== undefined && !HASHED.test(path) && wantsPage(req.headers.accept);
    serve(req, res, () => {
      if (isPerson) send(res, 404, page, PAGE_HEADERS);
      else notFound(res);
    });
  };
}

const PAGE_HEADERS = { "content-type": "text/html;charset=utf-8", "cache-control": "no-cache" };

/** @returns undefined where there is none: then the site is files alone */
function pageOf(directory: string): Uint8Array | undefined {
  try {
    return readFileSync(join(directory, "index.html"));
  } catch {
    return undefined;
  }
}

/** Browsers ask for HTML by name when somebody goes somewhere; programs and scripts take anything. */
function wantsPage(accept: string | undefined): boolean {
  return accept?.includes("text/html") === true;
}

/** What sirv understands of ranges; any other may be read over (RFC 9110, section 14.2). */
function isPlainRange(range: string | undefined): boolean {
  const match = BYTE_RANGE.exec(range ?? "");
  return match !== null && (match[2] === "" || Number(match[1]) <= Number(match[2]));
}

function notFound(res: ServerResponse): void {
  sendRefusal(res, refuse("not-found", "there is no such page"));
}
