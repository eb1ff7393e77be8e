import { memoryRelay } from "@rostra/relay";
import { newUserId, type Role, type SpaceState, STATE_KEYS } from "@rostra/wire";
import { expect, it } from "vitest";
import { Placement } from "./placement.ts";
import { newSpace } from "./space-draft.ts";

function world() {
  const relays = memoryRelay();
  const placement = new Placement(relays.join());
  const announce = (name: string, role: Role) => {
    const relay = relays.join();
    const service = { role, name, url: "http://127.0.0.1:1", pid: 1 };
    relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
    return relay;
  };
  return { placement, announce };
}

function spaceOn(stageName: string, state: SpaceState) {
  const host = { id: newUserId(), displayName: "Host" };
  return { ...newSpace({ title: "T" }, host, stageName, 0), state };
}

it("gives a space to the only stage of a small server where none is known", () => {
  const { placement, announce } = world();
  announce("edge-1", "edge");
  expect(placement.choose([])).toBe("stage-1");
});

it("gives a space to the stage with the fewest programs", () => {
  const { placement, announce } = world();
  for (const name of ["stage-1", "stage-2", "stage-3"]) announce(name, "stage");
  const spaces = [
    spaceOn("stage-1", "live"),
    spaceOn("stage-2", "ended"),
    spaceOn("stage-2", "scheduled"),
    spaceOn("stage-2", "backstage"),
    spaceOn("stage-3", "ended"),
    spaceOn("stage-9", "live"),
  ];
  expect(placement.choose(spaces)).toBe("stage-3");
});

it("forgets a stage that has gone", async () => {
  const { placement, announce } = world();
  announce("stage-2", "stage");
  const dying = announce("stage-1", "stage");
  expect(placement.choose([])).toBe("stage-1");
  await dying.close();
  expect(placement.choose([])).toBe("stage-2");
});
