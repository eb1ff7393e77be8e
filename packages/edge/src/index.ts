export { createEdge, type Edge, type EdgeOptions } from "./edge.ts";
export { EdgeError, type EdgeErrorCode } from "./errors.ts";
