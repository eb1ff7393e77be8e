import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * Whom to count: an IPv4 address, or the /64 of an IPv6 address, which is what one customer is given
 * (RFC 6177). IPv4 written as IPv6 counts as IPv4.
 * @returns undefined for what is no address
 */
export function addressKey(address: string): string | undefined {
  if (isIPv4(address)) return address;
  const plain = plainAddress(address);
  if (isIPv4(plain)) return plain;
  if (isIP(plain) !== 6) return undefined;
  const [before = "", after] = plain.toLowerCase().split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const head = groups(before);
  // The gap stands for as many zeros as are missing; the last 32 bits may be written as IPv4.
  const tail = groups(after ?? "");
  const written = head.length + tail.length + (plain.includes(".") ? 1 : 0);
  const zeros = after === undefined ? 0 : 8 - written;
  const all = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  const prefix = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/64`;
}

/** Without a zone, and without the `::ffff:` of IPv4 on a socket that takes both. */
function plainAddress(address: string): string {
  const plain = address.split("%", 1)[0]!;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  return mapped?.[1] ?? plain;
}

/** This machine itself: whoever stands before an edge here is believed. */
export const THIS_MACHINE: readonly string[] = ["127.0.0.0/8", "::1"];

/** Answers that are kept: more addresses than a second of a storm brings. */
const MOST_KNOWN = 10_000;

/** Those who stand before an edge and are believed when they say whom they speak for. */
export class TrustedProxies {
  readonly #list = new BlockList();
  // Each caller is asked about twice, and the list answers slowly.
  readonly #known = new Map<string, boolean>();

  /** @param proxies addresses and subnets (`10.0.0.0/8`) */
  constructor(proxies: readonly string[]) {
    for (const proxy of proxies) {
      const [address = "", bits] = proxy.split("/");
      const family = isIPv4(address) ? "ipv4" : "ipv6";
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address = ""): boolean {
    let known = this.#known.get(address);
    if (known === undefined) {
      const plain = plainAddress(address);
      const version = isIP(plain);
      known = version !== 0 && this.#list.check(plain, version === 4 ? "ipv4" : "ipv6");
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(address, known);
    }
    return known;
  }

  /**
   * The address that a request comes from: the last one in X-Forwarded-For that no trusted proxy
   * has. What stands before that was written by the caller.
   * @param peer the other end of the connection
   */
  clientOf(peer: string | undefined, forwardedFor: string | readonly string[] | undefined): string {
    let client = peer ?? "";
    // Nobody speaks for anybody: the common case, and one of the dearer steps of a join.
    if (forwardedFor === undefined) return client;
    const told = [forwardedFor ?? []].flat().join(",").split(",");
    while (this.has(client)) {
      const before = told.pop()?.trim();
      if (before === undefined || addressKey(before) === undefined) break;
      client = before;
    }
    return client;
  }
}
