export { type Control, type ControlOptions, createControl } from "./control.ts";
export { ControlError, type ControlErrorCode } from "./errors.ts";
export { DEFAULT_RATE_LIMITS, type RateLimit, type RateLimits } from "./http/rate-limits.ts";
export { type PostgresTrial, tryPostgres } from "./store/postgres/postgres-trial.ts";
