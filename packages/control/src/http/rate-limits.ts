import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../errors.ts";
import { callerOf } from "./caller.ts";

/** At most `max` calls in any window. */
export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
}

/** What one address (IPv6: one /64) or one user may ask for. */
export interface RateLimits {
  /** New guests, by address. */
  readonly guests: RateLimit;
  /** New spaces, by user. */
  readonly spaces: RateLimit;
  /** Raising and lowering one's hand, by user. */
  readonly hands: RateLimit;
  /** Notices written and cleared, by user: each is told to every listener. */
  readonly notices: RateLimit;
  /** Everything else that changes something, by user. */
  readonly changes: RateLimit;
  /** All calls together, by address: an office of listeners behind one address must fit. */
  readonly calls: RateLimit;
}

const MINUTE_MS = 60_000;

export const DEFAULT_RATE_LIMITS: RateLimits = {
  guests: { max: 30, windowMs: MINUTE_MS },
  spaces: { max: 20, windowMs: MINUTE_MS },
  hands: { max: 20, windowMs: MINUTE_MS },
  notices: { max: 12, windowMs: MINUTE_MS },
  changes: { max: 240, windowMs: MINUTE_MS },
  calls: { max: 6_000, windowMs: MINUTE_MS },
};

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** onRequest hooks, one for each limit; the ones by user go after requireCaller. */
export type RateLimitHooks = { readonly [Name in keyof RateLimits]: Hook };

/** @param limits "off" where a load test is on its way */
export function rateLimitHooks(app: FastifyInstance, limits: RateLimits | "off"): RateLimitHooks {
  if (limits === "off") {
    const pass: Hook = async () => {};
    return { guests: pass, spaces: pass, hands: pass, notices: pass, changes: pass, calls: pass };
  }
  const byUser = (request: FastifyRequest) => callerOf(request).id;
  return {
    guests: rateLimitHook(app, limits.guests, "guests from this address"),
    spaces: rateLimitHook(app, limits.spaces, "new spaces", byUser),
    hands: rateLimitHook(app, limits.hands, "hands", byUser),
    notices: rateLimitHook(app, limits.notices, "notices", byUser),
    changes: rateLimitHook(app, limits.changes, "changes", byUser),
    calls: rateLimitHook(app, limits.calls, "calls from this address"),
  };
}

/** @param keyGenerator whom to count; without it the address */
function rateLimitHook(
  app: FastifyInstance,
  limit: RateLimit,
  what: string,
  keyGenerator?: (request: FastifyRequest) => string,
): Hook {
  const count = app.createRateLimit({
    max: limit.max,
    timeWindow: limit.windowMs,
    ...(keyGenerator && { keyGenerator }),
  });
  return async (request, reply) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    const retryAfterS = Math.max(1, counted.ttlInSeconds);
    reply.header("retry-after", retryAfterS);
    throw new Refusal("too-many", `too many ${what}: try again in ${retryAfterS} s`);
  };
}
