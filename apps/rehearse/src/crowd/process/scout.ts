import { decodeRoomEvent, systemClock, WEBSOCKET_SUBPROTOCOL } from "@rostra/wire";
import { CrowdError } from "../errors.ts";
import type { Target } from "../plan/target.ts";

/** What has to be known of a space before a crowd comes. */
export interface Scouted {
  readonly title: string;
  /** When frame 0 was, ms since 1970 on the server's clock. */
  readonly epochMs: number;
  /** The server's clock less ours, ms. */
  readonly offsetMs: number;
}

const WELCOMES = 3;
const LIMIT_MS = 10_000;

/**
 * Looks at the space as any listener would, before anybody is sent there.
 * @throws {CrowdError} `no-space`, with what the server says
 */
export async function scout(target: Target): Promise<Scouted> {
  await askWhetherItIsThere(target);
  const found: Scouted[] = [];
  for (let round = 0; round < WELCOMES; round += 1) found.push(await welcome(target));
  // The welcome that took least time is nearest to the truth.
  return found.reduce((best, next) => (next.offsetMs > best.offsetMs ? next : best));
}

/** A plain GET: a space that is there asks for an upgrade. */
async function askWhetherItIsThere({ baseUrl, spaceId }: Target): Promise<void> {
  let response: Response;
  try {
    const url = `${baseUrl}/live/${spaceId}`;
    response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  } catch (cause) {
    throw new CrowdError("no-space", `can't reach ${baseUrl}: ${whyNot(cause)}`, { cause });
  }
  const text = await response.text();
  if (response.status === 426) return;
  throw new CrowdError("no-space", `${baseUrl} says ${response.status}: ${detailOf(text)}`);
}

/** `fetch failed` says nothing; what it was stands in the cause. */
function whyNot(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  const code = typeof cause?.code === "string" ? cause.code : String(error);
  const certificate = /CERT|SELF_SIGNED|ALTNAME/.test(code);
  return certificate ? `${code}; --insecure takes any certificate` : code;
}

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === "string") return detail;
  } catch {
    // Not problem details: what there is must do.
  }
  return text.split("\n")[0]?.slice(0, 200) ?? "";
}

function welcome({ baseUrl, spaceId }: Target): Promise<Scouted> {
  const url = `${baseUrl.replace(/^http/, "ws")}/live/${spaceId}?sound=none`;
  const socket = new WebSocket(url, WEBSOCKET_SUBPROTOCOL);
  const { promise, resolve, reject } = Promise.withResolvers<Scouted>();
  const fail = () => reject(new CrowdError("no-space", `${url} takes no WebSocket listener`));
  const limit = setTimeout(fail, LIMIT_MS);
  socket.onerror = fail;
  socket.onclose = fail;
  socket.onmessage = ({ data }: { data: unknown }) => {
    const nowMs = systemClock.nowMs();
    const event = typeof data === "string" ? decodeRoomEvent(data) : undefined;
    if (event?.type !== "welcome") return;
    const { title, epochMs } = event.space;
    resolve({ title, epochMs, offsetMs: event.serverTimeMs - nowMs });
  };
  return promise.finally(() => {
    clearTimeout(limit);
    socket.onclose = null;
    socket.close();
  });
}
