export { connectRelay } from "./embedded/embedded-relay.ts";
export { type RelayHubServer, serveRelayHub } from "./embedded/hub-server.ts";
export { RelayError, type RelayErrorCode } from "./errors.ts";
export { type FleetRelayOptions, joinFleet } from "./fleet/fleet-relay.ts";
export { connectNats, type NatsOptions } from "./fleet/nats-bus.ts";
export { MemoryRelayWorld, memoryRelay } from "./memory/memory-relay.ts";
export type { FramesListener, Relay, StateListener, StateValue, Unsubscribe } from "./relay.ts";
