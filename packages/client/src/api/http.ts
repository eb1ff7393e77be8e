import { type Clock, systemClock } from "@rostra/wire";
import { NetworkError, type ProblemError } from "../errors.ts";
import { jsonOf, problemErrorOf } from "../problem.ts";

/** The world as the API sees it; tests bring a virtual one. */
export interface ApiPlatform {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly fetch: typeof fetch;
}

export function browserApiPlatform(): ApiPlatform {
  return {
    clock: systemClock,
    random: Math.random,
    fetch: (input, init) => fetch(input, init),
  };
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the origin on. */
  readonly path: string;
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

const TIMEOUT_MS = 10_000;
/** Reads are tried this often; writes once, because a lost answer may have been a yes. */
const READ_ATTEMPTS = 3;
const RETRY_STEP_MS = 400;
/** A person is waiting: a longer wait is theirs to decide about. */
const MAX_WAIT_MS = 5_000;
/** Answers of something in between that may be gone in a moment. */
const PASSING = new Set([429, 502, 503, 504]);

/** Calls of the HTTP API: JSON in, JSON out, errors as errors. */
export class HttpClient {
  readonly #origin: string;
  readonly #platform: ApiPlatform;

  /** @param origin without a slash at the end */
  constructor(origin: string, platform: ApiPlatform) {
    this.#origin = origin;
    this.#platform = platform;
  }

  /**
   * @returns the answer's JSON; undefined for an answer without a body
   * @throws {ProblemError} {@link NetworkError}
   */
  async call(request: HttpRequest): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(request);
      } catch (error) {
        const waitMs = retryWaitMs(error as ProblemError | NetworkError);
        const last = request.method !== "GET" || attempt >= READ_ATTEMPTS;
        if (last || waitMs === null || waitMs > MAX_WAIT_MS) throw error;
        const stepMs = RETRY_STEP_MS * 2 ** (attempt - 1);
        await this.#wait(waitMs + stepMs * (0.5 + this.#platform.random()));
      }
    }
  }

  async #once({ method, path, token, body }: HttpRequest): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await this.#fetch(`${this.#origin}${path}`, {
      method,
      headers,
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await problemErrorOf(response);
    return response.status === 204 ? undefined : await jsonOf(response);
  }

  /** The body counts: a server that answers and then hangs is no answer. */
  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const controller = new AbortController();
    const cancel = this.#platform.clock.after(TIMEOUT_MS, () => controller.abort());
    try {
      const response = await this.#platform.fetch(url, { ...init, signal: controller.signal });
      const whole = await response.arrayBuffer();
      // A status that allows no body refuses even an empty one.
      const kept = whole.byteLength === 0 ? null : whole;
      return new Response(kept, { status: response.status, headers: response.headers });
    } catch (cause) {
      if (controller.signal.aborted) {
        throw new NetworkError("timeout", "The server took too long to answer", { cause });
      }
      throw new NetworkError("unreachable", "The server can't be reached", { cause });
    } finally {
      cancel();
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#platform.clock.after(ms, resolve);
    });
  }
}

/** How long to wait at least before asking again; null where asking again is pointless. */
function retryWaitMs(error: ProblemError | NetworkError): number | null {
  if (error instanceof NetworkError) return 0;
  return PASSING.has(error.status) ? (error.retryAfterMs ?? 0) : null;
}
