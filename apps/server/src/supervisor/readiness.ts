import type { Relay } from "@rostra/relay";
import { isService, STATE_KEYS } from "@rostra/wire";

/** Resolves once every process named has announced itself on the relay. */
export async function whenAllReady(relay: Relay, names: readonly string[]): Promise<void> {
  const missing = new Set(names);
  await new Promise<void>((resolve) => {
    relay.watch(STATE_KEYS.services, (_key, value) => {
      if (isService(value)) missing.delete(value.name);
      if (missing.size === 0) resolve();
    });
  });
}
