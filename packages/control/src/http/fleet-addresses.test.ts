import { memoryRelay } from "@rostra/relay";
import { STATE_KEYS } from "@rostra/wire";
import { expect, it } from "vitest";
import { FleetAddresses } from "./fleet-addresses.ts";

it("processes of this machine and of this fleet are believed for whom they ask, and nobody else is", () => {
  const relays = memoryRelay();
  const [relay, other] = [relays.join(), relays.join()];
  const fleet = new FleetAddresses(relay);
  const enters = (name: string, url: string | undefined) =>
    other.put(
      STATE_KEYS.service(name),
      url === undefined ? undefined : { role: "edge", name, url, pid: 1 },
    );
  enters("edge-1", "http://10.0.0.7:4100");
  enters("edge-2", "http://[fd00::7]:4100");
  for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.3", "10.0.0.7", "::ffff:10.0.0.7"]) {
    expect([address, fleet.has(address)]).toEqual([address, true]);
  }
  expect(fleet.has("fd00:0:0::7")).toBe(true);
  for (const address of ["10.0.0.8", "fd00::8", "", "10.0.0.7:80", "edge-1"]) {
    expect([address, fleet.has(address)]).toEqual([address, false]);
  }
  enters("edge-1", undefined);
  expect(fleet.has("10.0.0.7")).toBe(false);
  fleet.close();
});
