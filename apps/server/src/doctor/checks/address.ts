import { BlockList, isIPv4 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { type Finding, ok, warning } from "../finding.ts";

/** Addresses that only a network of one's own reaches (RFC 1918, 6598, 3927, 4193, 4291). */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/** The machine's own addresses, without those that it alone has. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap(
    (each): NetworkInterfaceInfo[] => each ?? [],
  );
  return all.filter(({ internal }) => !internal).map(({ address }) => address);
}

/** By which addresses browsers are told to reach the stage. */
export function checkAnnounced(
  announced: readonly string[],
  own: readonly string[],
  udpPort: number,
): Finding {
  const check = "announced address";
  const strange = announced.filter((address) => !own.includes(address) && !isLoopback(address));
  if (strange.length > 0) {
    return warning(
      check,
      `${strange.join(", ")} is none of this machine's: right behind NAT, if that sends UDP ${udpPort} on to here`,
    );
  }
  if (announced.length > 0) return ok(check, announced.join(", "));
  const open = own.filter((address) => !isPrivate(address));
  if (open.length > 0) return ok(check, `the machine's own: ${open.join(", ")}`);
  return warning(
    check,
    "this machine has private addresses alone: to be heard from elsewhere, set ROSTRA_ANNOUNCED_ADDRESSES to the public one",
  );
}

function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
