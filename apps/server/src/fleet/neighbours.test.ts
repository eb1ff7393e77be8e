import { memoryRelay } from "@rostra/relay";
import { STATE_KEYS } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { onlyNeighbours } from "./neighbours.ts";

describe("a process that joins a fleet", () => {
  /** A fleet with one process of that version; undefined: of one that didn't say its version. */
  function fleetOf(version: number | undefined) {
    const relay = memoryRelay().join();
    const service = { role: "edge", name: "edge-1", url: "http://127.0.0.1:1", pid: 1 };
    const entry = version === undefined ? service : { ...service, version };
    relay.put(STATE_KEYS.service("edge-1"), entry, { ephemeral: true });
    return relay;
  }

  it.each([undefined, 1, 2, 3])("works beside one of version %s, being of version 2", (version) => {
    expect(() => onlyNeighbours(fleetOf(version), 2)).not.toThrow();
  });

  it.each([
    [1, 3],
    [5, 3],
    [undefined, 3],
  ])("says what to do beside one of version %s, being of version %i", (version, own) => {
    const join = () => onlyNeighbours(fleetOf(version), own);
    expect(join).toThrow(/^edge-1 speaks version .*: upgrade the fleet one version at a time$/);
  });

  it("is at home in a fleet of its own version, and in an empty one", () => {
    expect(() => onlyNeighbours(fleetOf(1))).not.toThrow();
    expect(() => onlyNeighbours(memoryRelay().join())).not.toThrow();
  });
});
