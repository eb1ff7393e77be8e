export { connectRelay } from "./embedded/embedded-relay.ts";
export { type RelayHubServer, serveRelayHub } from "./embedded/hub-server.ts";
export { RelayError, type RelayErrorCode } from "./errors.ts";
export { type FleetRelayOptions, joinFleet } from "./fleet/fleet-relay.ts";
export { listenToFleet, type SightedProcess } from "./fleet/listen-to-fleet.ts";
export { connectNats } from "./fleet/nats-bus.ts";
export type { NatsOptions } from "./fleet/nats-options.ts";
export { type NatsTrial, tryNats } from "./fleet/nats-trial.ts";
export { MemoryRelayWorld, memoryRelay } from "./memory/memory-relay.ts";
export type { RelayObserver } from "./observer.ts";
export {
  type FramesFollower,
  NEWEST,
  type Relay,
  type StateListener,
  type StateValue,
  type Unsubscribe,
} from "./relay.ts";
