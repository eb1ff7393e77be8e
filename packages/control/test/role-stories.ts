import { LIMITS } from "@rostra/wire";
import fc from "fast-check";
import { isBlocked, type SpaceRecord } from "../src/roles/record.ts";
import {
  type Beginning,
  isHostKind,
  KINDS,
  type Kind,
  PEOPLE,
  type RoleMachine,
  type Step,
} from "./role-machine.ts";

/** Stories of people on a stage, and what holds at any moment of each. */

// A matcher for each of a million checks would take longer than the machine itself.
export function must(condition: boolean, promise: string): void {
  if (!condition) throw new Error(promise);
}

// Few people do most of what is done: long stories about the same ones find more.
const person = fc.oneof(
  { weight: 2, arbitrary: fc.constant(PEOPLE[0]!) },
  { weight: 4, arbitrary: fc.constantFrom(...PEOPLE.slice(1, 5)) },
  { weight: 1, arbitrary: fc.constantFrom(...PEOPLE) },
);
const rare: readonly Kind[] = ["end", "block", "ownBlock", "stageLimit", "sound", "handsOpen"];
const usual = KINDS.filter((kind) => !rare.includes(kind));
const likely: readonly Kind[] = [
  ...(["accept", "followLink", "leave", "unmute", "toAir", "toWhisper"] as const),
  ...(["lock", "toBackstage", "promote", "demote", "inviteSpeaker"] as const),
];
export const step: fc.Arbitrary<Step> = fc
  .record({
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...usual) },
      { weight: 6, arbitrary: fc.constantFrom(...likely) },
      { weight: 1, arbitrary: fc.constantFrom(...rare.slice(1)) },
    ),
    actor: person,
    target: person,
    self: fc.boolean(),
    pick: fc.nat(7),
  })
  // What hosts do is mostly about others, the rest as often about oneself.
  .map(({ self, ...rest }) =>
    self && !isHostKind(rest.kind) ? { ...rest, target: rest.actor } : rest,
  );
const end = step.map((each): Step => ({ ...each, kind: "end" }));
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 80, arbitrary: step }, { weight: 1, arbitrary: end }),
  {
    minLength: 10,
    maxLength: 60,
    size: "max",
  },
);
export const beginning: fc.Arbitrary<Beginning> = fc.record({
  scheduled: fc.boolean(),
  // Often as many cohosts as there may be, or one less, so that the bound is met.
  roles: fc
    .tuple(fc.constantFrom(0, 1, 2, LIMITS.cohosts - 1, LIMITS.cohosts), fc.nat(4))
    .map(([cohosts, speakers]) => [
      ...Array<"cohost">(cohosts).fill("cohost"),
      ...Array<"speaker">(speakers).fill("speaker"),
    ]),
});

/** What holds of a space at any moment. */
export function checkSpace({ snapshot, notes }: SpaceRecord, machine: RoleMachine): void {
  const { members, invited, inCharge, state } = snapshot;
  const hosts = members.filter(({ role }) => role === "host");
  must(hosts.length === 1, "exactly one host");
  must(members.filter(({ role }) => role === "cohost").length <= LIMITS.cohosts, "cohosts bounded");
  const here = [...members, ...invited, ...notes.hands].map(({ id }) => id);
  must(new Set(here).size === here.length, "nobody is on stage, invited or in the queue twice");
  must(
    members.every(({ role, channel }) => channel !== "whisper" || role !== "speaker"),
    "only hosts whisper",
  );
  must(
    members.every(({ micLocked, muted }) => muted || !micLocked),
    "locked is muted",
  );
  if (state !== "ended") {
    const host = hosts[0]!.id;
    must(
      here.every((id) => id === host || !machine.blocks(host, id)),
      "whom the host blocks is kept off",
    );
    must(
      here.every((id) => !isBlocked({ ...machine.record, snapshot, notes }, id)),
      "whom the space blocks is kept off",
    );
    const isHeld = snapshot.endsAtMs !== null;
    must(isHeld === (inCharge === null), "a space ends by itself only where nobody runs it");
  }
  must(
    inCharge === null || members.some(({ id, role }) => id === inCharge && role !== "speaker"),
    "a host or cohost on stage is in charge, or nobody",
  );
  must(
    (snapshot.liveAtMs === null) === (state === "scheduled" || state === "backstage") ||
      state === "ended",
    "a time for going live",
  );
  must((snapshot.endedAtMs !== null) === (state === "ended"), "a time for ending");
}
