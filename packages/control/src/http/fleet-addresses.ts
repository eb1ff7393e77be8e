import { BlockList, isIP, isIPv4 } from "node:net";
import type { Relay, Unsubscribe } from "@rostra/relay";
import { isService, STATE_KEYS } from "@rostra/wire";

/**
 * Where the processes of this fleet are: edges and other controls say for whom they ask, and nobody else is
 * believed. Without it all callers of an edge on another machine would count as one address.
 */
export class FleetAddresses {
  readonly #byName = new Map<string, string>();
  #ours = thisMachine();
  readonly #unwatch: Unsubscribe;

  constructor(relay: Relay) {
    this.#unwatch = relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      const host = isService(value) ? URL.parse(value.url)?.hostname : undefined;
      if (host === undefined) this.#byName.delete(name);
      else this.#byName.set(name, host.replace(/^\[|\]$/g, ""));
      this.#ours = thisMachine();
      for (const each of this.#byName.values()) {
        if (isIP(each) !== 0) this.#ours.addAddress(each, isIPv4(each) ? "ipv4" : "ipv6");
      }
    });
  }

  /** @param address IPv6 in any of its forms */
  has(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    if (isIP(plain) === 0) return false;
    return this.#ours.check(plain, isIPv4(plain) ? "ipv4" : "ipv6");
  }

  close(): void {
    this.#unwatch();
  }
}

function thisMachine(): BlockList {
  const list = new BlockList();
  list.addSubnet("127.0.0.0", 8, "ipv4");
  list.addAddress("::1", "ipv6");
  return list;
}
