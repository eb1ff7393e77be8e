import type { Clock } from "@rostra/wire";
import { NetworkError } from "../errors.ts";
import { problemErrorOf } from "../problem.ts";
import { parseIceServers } from "./ice-servers.ts";

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

/**
 * @param continues the session that this one continues
 * @throws {ProblemError} {@link NetworkError}
 */
export async function postOffer(
  platform: WhipPlatform,
  url: string,
  { token, sdp, continues }: { token: string; sdp: string; continues: string | null },
): Promise<WhipAnswer> {
  const address = new URL(url);
  if (continues !== null) address.searchParams.set("continues", continues);
  const controller = new AbortController();
  const cancel = platform.clock.after(TIMEOUT_MS, () => controller.abort());
  try {
    const response = await platform.fetch(address.href, {
      method: "POST",
      headers: { "Content-Type": SDP_MEDIA_TYPE, Authorization: `Bearer ${token}` },
      body: sdp,
      cache: "no-store",
      signal: controller.signal,
    });
    if (!response.ok) throw await problemErrorOf(response);
    const location = response.headers.get("location");
    return { sdp: await response.text(), sessionUrl: sessionUrlOf(location, address) };
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

/** A session is ended at the stage that has it. */
function sessionUrlOf(location: string | null, whip: URL): string | null {
  if (location === null) return null;
  const session = new URL(location, whip);
  const stage = whip.searchParams.get("stage");
  if (stage !== null) session.searchParams.set("stage", stage);
  return session.href;
}

/** The TURN servers that a member may use (RFC 9725, section 4.6). Never rejects. */
export async function askIceServers(
  platform: WhipPlatform,
  url: string,
  token: string,
): Promise<RTCIceServer[]> {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await platform.fetch(url, { method: "OPTIONS", headers });
    return response.ok ? parseIceServers(response.headers.get("link")) : [];
  } catch {
    return [];
  }
}

/** Best effort, never rejects: a session whose connection is gone ends by itself too. */
export async function deleteSession(
  platform: WhipPlatform,
  sessionUrl: string,
  token: string,
): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  try {
    // Leaving a page must not take the goodbye with it.
    await platform.fetch(sessionUrl, { method: "DELETE", headers, keepalive: true });
  } catch {
    // Nobody heard it: the stage will notice.
  }
}
