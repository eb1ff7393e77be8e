export { RelayError, type RelayErrorCode } from "./errors.ts";
export { RelayHub } from "./hub.ts";
export { MemoryRelayWorld, memoryRelay } from "./memory/memory-relay.ts";
export type { FramesListener, Relay, StateListener, StateValue, Unsubscribe } from "./relay.ts";
