export { createEdge, type Edge, type EdgeOptions } from "./edge.ts";
export { EdgeError, type EdgeErrorCode } from "./errors.ts";
export { THIS_MACHINE } from "./gate/address.ts";
export type { GateLimits } from "./gate/limits.ts";
