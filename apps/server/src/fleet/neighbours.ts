import type { Relay } from "@rostra/relay";
import { FLEET_VERSION, isService, STATE_KEYS } from "@rostra/wire";
import { ConfigError } from "../config.ts";

/**
 * Two neighbouring versions understand each other, and no others: a fleet is upgraded one version at
 * a time.
 * @throws {ConfigError} where a process of the fleet is further away
 */
export function onlyNeighbours(relay: Pick<Relay, "watch">, own = FLEET_VERSION): void {
  let stranger: string | undefined;
  // What is known already is told at once.
  const unwatch = relay.watch(STATE_KEYS.services, (_key, value) => {
    if (!isService(value)) return;
    const { name, version = 1 } = value;
    if (Math.abs(version - own) > 1) {
      stranger = `${name} speaks version ${version} of the fleet's messages, this Rostra ${own}`;
    }
  });
  unwatch();
  if (stranger === undefined) return;
  throw new ConfigError(`${stranger}: upgrade the fleet one version at a time`);
}
