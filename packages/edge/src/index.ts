export { DEFAULT_MARKS } from "./admission/marks.ts";
export { createEdge, type Edge, type EdgeOptions } from "./edge.ts";
export { EdgeError, type EdgeErrorCode } from "./errors.ts";
export { THIS_MACHINE } from "./gate/address.ts";
export type { GateLimits } from "./gate/limits.ts";
export { type CertificateFacts, inspectCertificate } from "./tls/inspect.ts";
