import type { ServerResponse } from "node:http";
import { PROBLEM_MEDIA_TYPE, type ProblemCode, problem } from "@rostra/wire";

export type HeaderFields = Readonly<Record<string, string>>;

/** Everything under /live may be fetched from any page: it is public sound. */
export const CORS: HeaderFields = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "content-length, retry-after",
};

/** A refusal, as a value that can be passed about before there is anything to write it to. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly headers?: HeaderFields;
  /** More members of the problem details (RFC 9457, section 3.2). */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** @param detail one line that says what to do */
export function refuse(
  code: ProblemCode,
  detail: string,
  headers: HeaderFields = {},
  more: Refusal["more"] = {},
): Refusal {
  return { code, detail, headers, more };
}

function bodyOf({ code, detail, more }: Refusal) {
  return { ...problem(code, detail), ...more };
}

/** RFC 9457 problem details; never kept by a cache unless the refusal says so itself. */
export function sendRefusal(res: ServerResponse, refusal: Refusal): void {
  const body = bodyOf(refusal);
  send(res, body.status, JSON.stringify(body), {
    "content-type": PROBLEM_MEDIA_TYPE,
    "cache-control": "no-store",
    ...refusal.headers,
  });
}

/** One whole answer. A HEAD request gets the headers alone. */
export function send(
  res: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: HeaderFields,
): void {
  if (res.headersSent || res.destroyed) return;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  res.writeHead(status, { ...headers, "content-length": String(length) });
  res.end(res.req.method === "HEAD" ? undefined : body);
}

/** A refusal as bytes, for a socket that no HTTP response belongs to any more. */
export function rawRefusal(refusal: Refusal): string {
  const body = bodyOf(refusal);
  const text = JSON.stringify(body);
  return rawHead(`${body.status} ${body.title}`, {
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": String(Buffer.byteLength(text)),
    connection: "close",
    ...refusal.headers,
  }).concat(text);
}

/** Status line and headers. @param status code and reason: `200 OK` */
export function rawHead(status: string, headers: HeaderFields): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}
