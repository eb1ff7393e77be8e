import { memoryRelay } from "@rostra/relay";
import {
  newUserId,
  type Role,
  type Service,
  type SpaceState,
  STATE_KEYS,
  type StageLoad,
} from "@rostra/wire";
import { expect, it } from "vitest";
import { Placement } from "./placement.ts";
import { newSpace } from "./space-draft.ts";

function world() {
  const relays = memoryRelay();
  const placement = new Placement(relays.join(), { pairs: true });
  const announce = (name: string, role: Role, change: Partial<Service> = {}) => {
    const relay = relays.join();
    const service = { role, name, url: "http://127.0.0.1:1", pid: 1, ...change };
    relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
    return relay;
  };
  const stage = (name: string, load: Partial<StageLoad>, change: Partial<Service> = {}) => {
    const idle = { utilisation: 0, programs: 0, speakers: 0, accepts: true };
    announce(name, "stage", change).put(STATE_KEYS.stageLoad(name), { ...idle, ...load });
  };
  return { placement, announce, stage };
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

it("gives a space to the stage with the most room, by what the stages say", () => {
  const { placement, stage } = world();
  stage("stage-1", { utilisation: 0.6, programs: 1 });
  stage("stage-2", { utilisation: 0.2, programs: 3 });
  expect(placement.choose([])).toBe("stage-2");
});

it("counts in what a stage was given and hasn't felt yet", () => {
  const { placement, stage } = world();
  stage("stage-1", { utilisation: 0.2, programs: 0 });
  stage("stage-2", { utilisation: 0.1, programs: 0 });
  const given = Array.from({ length: 10 }, () => spaceOn("stage-2", "live"));
  expect(placement.choose(given)).toBe("stage-1");
});

it("gives no space to a stage that is full or drains, as long as there is another", () => {
  const { placement, announce, stage } = world();
  stage("stage-1", { accepts: false });
  stage("stage-2", { isDraining: true });
  stage("stage-3", {}, { isDraining: true });
  expect(placement.choose([])).toBe("stage-1");
  expect(placement.chooseBeside("stage-1", () => [])).toBeUndefined();
  announce("stage-4", "stage");
  expect(placement.choose([])).toBe("stage-4");
});

it("makes a pair of two machines where there are two, else of two stages of one", () => {
  const { placement, stage } = world();
  stage("stage-1", { machine: "a" });
  expect(placement.chooseBeside("stage-1", () => [])).toBeUndefined();
  stage("stage-2", { machine: "a" });
  expect(placement.chooseBeside("stage-1", () => [])).toBe("stage-2");
  stage("stage-3", { machine: "b", utilisation: 0.5 });
  stage("stage-4", { machine: "b", utilisation: 0.3 });
  expect(placement.chooseBeside("stage-1", () => [])).toBe("stage-4");
});

it("counts what a stage runs as a second like what it runs as a first", () => {
  const { placement, stage } = world();
  for (const name of ["stage-1", "stage-2", "stage-3"]) stage(name, { machine: name, programs: 1 });
  const paired = { ...spaceOn("stage-1", "live"), secondStageName: "stage-2" };
  expect(placement.choose([paired])).toBe("stage-3");
  expect(placement.chooseBeside("stage-3", () => [paired, spaceOn("stage-1", "live")])).toBe(
    "stage-2",
  );
});
