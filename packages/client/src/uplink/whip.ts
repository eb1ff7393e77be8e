import type { Clock } from "@rostra/wire";
import { NetworkError } from "../errors.ts";
import { problemErrorOf } from "../problem.ts";
import type { Farewell } from "./peer.ts";

/** WHIP (RFC 9725), as far as a browser needs it: an offer there, an answer back, an end. */

export interface WhipPlatform {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

export interface WhipAnswer {
  readonly sdp: string;
  /** Absolute URL of the session; null where the server gave none. */
  readonly sessionUrl: string | null;
}

const SDP_MEDIA_TYPE = "application/sdp";
/** Somebody is off the stage meanwhile: better to ask again soon. */
const TIMEOUT_MS = 5_000;

/** @throws {ProblemError} {@link NetworkError} */
export async function postOffer(
  platform: WhipPlatform,
  url: string,
  token: string,
  sdp: string,
): Promise<WhipAnswer> {
  const controller = new AbortController();
  const cancel = platform.clock.after(TIMEOUT_MS, () => controller.abort());
  try {
    const response = await platform.fetch(url, {
      method: "POST",
      headers: { "Content-Type": SDP_MEDIA_TYPE, Authorization: `Bearer ${token}` },
      body: sdp,
      cache: "no-store",
      signal: controller.signal,
    });
    if (!response.ok) throw await problemErrorOf(response);
    const location = response.headers.get("location");
    const sessionUrl = location === null ? null : new URL(location, url).href;
    return { sdp: await response.text(), sessionUrl };
  } catch (cause) {
    if (cause instanceof TypeError) {
      throw new NetworkError("unreachable", "The server can't be reached", { cause });
    }
    if (controller.signal.aborted) {
      throw new NetworkError("timeout", "The stage took too long to answer", { cause });
    }
    throw cause;
  } finally {
    cancel();
  }
}

/** Best effort, never rejects: a session whose connection is gone ends by itself too. */
export async function deleteSession(
  platform: WhipPlatform,
  sessionUrl: string,
  token: string,
): Promise<Farewell> {
  try {
    const { ok, status } = await platform.fetch(sessionUrl, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${token}` },
      // Leaving a page must not take the goodbye with it.
      keepalive: true,
    });
    if (ok) return "ended";
    return status === 404 ? "not-there" : "unknown";
  } catch {
    return "unknown";
  }
}
