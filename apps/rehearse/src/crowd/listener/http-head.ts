import { WireError } from "@rostra/wire";
import type { Refusal } from "./dialogue.ts";

/** An answer's head is small; whoever sends more is no server of ours. */
const MAX_HEAD_BYTES = 16_384;
const END = Buffer.from("\r\n\r\n");
/** A server that says when is believed up to here. */
const MAX_RETRY_AFTER_MS = 60_000;

/** What a WebSocket's answer begins with: the rest of its head is the edge's tests' business. */
const SWITCHED = "HTTP/1.1 101 ";

/**
 * Where the WebSocket begins, in an answer that came in one piece as it nearly always does: thousands
 * join at once, and nothing is allocated for it.
 * @returns -1 where it isn't so
 */
export function upgradedAt(bytes: Buffer, end: number): number {
  if (end < SWITCHED.length || bytes.toString("latin1", 0, SWITCHED.length) !== SWITCHED) return -1;
  const at = bytes.indexOf(END);
  return at === -1 || at + END.length > end ? -1 : at + END.length;
}

export interface HttpHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Collects the head of an HTTP/1.1 answer, in pieces of any size. */
export class HeadReader {
  #held: Buffer | undefined;

  /**
   * @param from where in `bytes` to begin
   * @returns the head, and where in `bytes` the body begins; undefined while it isn't whole
   * @throws {WireError} `too-large`, `bad-message`
   */
  push(bytes: Buffer, from: number, end: number): { head: HttpHead; bodyAt: number } | undefined {
    const heldBytes = this.#held?.length ?? 0;
    const fresh = bytes.subarray(from, end);
    const data = this.#held === undefined ? fresh : Buffer.concat([this.#held, fresh]);
    const at = data.indexOf(END);
    if (at === -1) {
      if (data.length > MAX_HEAD_BYTES) throw new WireError("too-large", "an endless HTTP head");
      this.#held = Buffer.from(data);
      return undefined;
    }
    this.#held = undefined;
    return {
      head: parseHead(data.toString("latin1", 0, at)),
      bodyAt: from + at + END.length - heldBytes,
    };
  }
}

function parseHead(text: string): HttpHead {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new WireError("bad-message", "the answer is not HTTP/1.1");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}

export function refusalOf({ status, headers }: HttpHead): Omit<Refusal, "tiers"> {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return {
    status,
    retryAfterMs: seconds >= 0 ? Math.min(MAX_RETRY_AFTER_MS, seconds * 1_000) : undefined,
    location: headers.get("location"),
  };
}

/** A path with its query. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, number | undefined>>,
): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0 ? path : `${path}?${given.map(([k, v]) => `${k}=${v}`).join("&")}`;
}

/** @param headers more of them, each with its end of line */
export function requestHead(path: string, authority: string, headers = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: rostra-crowd\r\n${headers}\r\n`;
}
