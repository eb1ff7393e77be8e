import type { IncomingMessage } from "node:http";
import type { TrustedProxies } from "../gate/address.ts";

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

/** An answer's headers as the caller gets them; duplicates such as Set-Cookie stay apart. */
export function passedOnHeaders(answer: IncomingMessage): string[] {
  const named = namedByConnection(answer);
  const headers: string[] = [];
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at]!;
    if (isPassedOn(name, named)) headers.push(name, answer.rawHeaders[at + 1]!);
  }
  return headers;
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
