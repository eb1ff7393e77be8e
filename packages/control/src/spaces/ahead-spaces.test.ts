import { STATE_KEYS, type UserId } from "@rostra/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { OutageWorld } from "../../test/outage-world.ts";
import {
  isHostKind,
  KINDS,
  type Kind,
  PEOPLE,
  ruleOf,
  type Step,
} from "../../test/role-machine.ts";
import { DecidedElsewhere, Refusal } from "../errors.ts";
import { changedBy, counted, leaveStore, toShared } from "../roles/ahead.ts";
import { settle } from "../roles/charge.ts";
import { inviteByName } from "../roles/invitations.ts";
import { setMuted } from "../roles/microphones.ts";
import { memberOf, type SpaceRecord } from "../roles/record.ts";
import { editSpace } from "../roles/settings.ts";
import type { TimedRule } from "./spaces.ts";

// Whatever people do, and whatever becomes of the store and of controls meanwhile: what was answered
// with yes is in the store at the end, and nothing else.

// What hangs on when exactly something is looked at is told of elsewhere.
const timed: readonly Kind[] = ["end", "countDown", "cancel", "writeNotice", "clearNotice"];
const kinds = KINDS.filter((kind) => ruleOf(kind) !== undefined && !timed.includes(kind));
const likely: readonly Kind[] = ["mute", "unmute", "lock", "unlock", "leave", "muteAll"];
const joining: readonly Kind[] = ["inviteSpeaker", "inviteCohost", "accept", "offerHost"];
const person = fc.constantFrom(...PEOPLE.slice(0, 4));
const deed = fc.record({
  kind: fc.oneof(...[kinds, likely, joining].map((some) => fc.constantFrom(...some))),
  actor: fc.oneof(
    { weight: 2, arbitrary: fc.constant(PEOPLE[0]!) },
    { weight: 3, arbitrary: person },
  ),
  target: person,
  pick: fc.nat(7),
});
type Event = "down" | "up" | "kill" | "bear" | "wait" | "blackout";
const event = fc.constantFrom<Event>("down", "down", "up", "kill", "bear", "wait", "blackout");
const story = fc.array(fc.oneof({ weight: 6, arbitrary: deed }, { weight: 2, arbitrary: event }), {
  minLength: 10,
  maxLength: 50,
  size: "max",
});

/** As the routes have it: what only silences is done by `takeAway`. */
function silences({ kind, actor, target }: Step): boolean {
  return (
    kind === "lock" ||
    kind === "muteAll" ||
    kind === "mute" ||
    (kind === "leave" && actor !== target)
  );
}

const nobody = { present: new Set<UserId>(), certain: false };

class Story {
  readonly world: OutageWorld;
  /** What should be: each rule that was said yes to, one after the other. */
  expected: SpaceRecord;
  #nowMs = 0;

  private constructor(world: OutageWorld) {
    this.world = world;
    this.expected = world.store.space;
  }

  static async begin(): Promise<Story> {
    return new Story(await OutageWorld.begin());
  }

  async take(each: Step): Promise<void> {
    const { controls } = this.world;
    const { actor, target, kind } = each;
    const own = !isHostKind(kind) && each.pick % 2 === 0;
    const step = own ? { ...each, target: actor } : { ...each, target };
    const rule: TimedRule = (record, nowMs) => {
      this.#nowMs = nowMs;
      return ruleOf(kind)!(record, nowMs, step);
    };
    const at = controls[each.pick % controls.length]!;
    let refused: string | undefined;
    try {
      await (silences(step) ? at.spaces.takeAway(this.world.id, rule) : this.#change(at, rule));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused = error.code;
    }
    expect(refused).not.toBe("unavailable");
    let wouldBe: string | undefined;
    try {
      const changed = rule(this.expected, this.#nowMs);
      this.expected = settle(changed, this.#nowMs, () => nobody);
    } catch (error) {
      wouldBe = (error as Refusal).code;
    }
    expect([kind, refused]).toEqual([kind, wouldBe]);
    this.checkMuted();
  }

  async #change(at: OutageWorld["controls"][number], rule: TimedRule): Promise<unknown> {
    try {
      return await at.spaces.change(this.world.id, rule);
    } catch (error) {
      if (!(error instanceof DecidedElsewhere)) throw error;
      const elsewhere = this.world.named(error.url);
      return elsewhere.spaces.change(this.world.id, rule);
    }
  }

  /** Nobody is open anywhere who should be shut. */
  checkMuted(): void {
    for (const { directory } of this.world.controls) {
      for (const { id, muted } of directory.get(this.world.id)!.snapshot.members) {
        const should = memberOf(this.expected, id);
        if (should?.muted === true) expect(muted).toBe(true);
      }
    }
  }
}

/** What people have made of a space; who is in charge is told by who is there. */
function made({ snapshot, notes }: SpaceRecord) {
  const { members, invited, settings, state } = snapshot;
  const { hands, sentBackstage, lockedAway, blocked } = notes;
  const ids = (people: readonly { readonly id: UserId }[]) => people.map(({ id }) => id);
  return {
    members,
    invited,
    settings,
    state,
    sentBackstage,
    lockedAway,
    hands: ids(hands),
    blocked: ids(blocked),
  };
}

it("loses nothing that was answered, and opens nobody's microphone, through outages and deaths", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (all) => {
      const told = await Story.begin();
      const { world } = told;
      const journals = new Set<string>();
      for (const each of all) {
        if (typeof each !== "string") await told.take(each);
        else if (each === "down" || each === "up") world.store.isUp = each === "up";
        else if (each === "kill") await world.kill(all.length);
        else if (each === "bear") await world.bear();
        else if (each === "blackout") await world.blackout();
        else await world.pass(750);
        told.checkMuted();
        for (const text of world.journals) journals.add(text);
      }
      world.store.isUp = true;
      await world.pass(7_000);
      expect(made(world.store.space)).toEqual(made(told.expected));
      for (const { directory } of world.controls) {
        expect(directory.get(world.id)!.snapshot).toEqual(world.store.space.snapshot);
      }
      // Whatever old journal turns up, all of it is there already, and what came after it stays.
      const { snapshot, notes } = world.store.space;
      await world.kill(0);
      await world.bear([...journals]);
      await world.pass(2_000);
      expect(world.store.space).toMatchObject({ snapshot, notes });
    }),
    { numRuns: 60 },
  );
});

it("goes on from what everybody is shown, where the store went before it could be read", async () => {
  const { world } = await Story.begin();
  const host = PEOPLE[0]!;
  const [one, other] = world.controls as [OutageWorld["controls"][0], OutageWorld["controls"][0]];
  world.store.isRead = false;
  await other.spaces.change(world.id, (space) => setMuted(space, host, host, true));
  await world.pass(250);
  world.store.isUp = false;
  await one.spaces.change(world.id, (space) => editSpace(space, host, { title: "Later" }));
  const shown = one.directory.get(world.id)!.snapshot;
  expect([shown.title, shown.members[0]!.muted]).toEqual(["Later", true]);
  world.store.isUp = true;
  world.store.isRead = true;
  await world.pass(2_000);
  expect(world.store.space.snapshot).toMatchObject({ title: "Later", members: [{ muted: true }] });
  expect(other.directory.get(world.id)!.snapshot).toEqual(world.store.space.snapshot);
});

it("takes in what a control did that couldn't be heard for a while, without opening anybody", async () => {
  const { world } = await Story.begin();
  const host = PEOPLE[0]!;
  const begin = world.store.space;
  world.store.isUp = false;
  const [one] = world.controls;
  await one!.spaces.change(world.id, (space) => editSpace(space, host, { title: "Here" }));
  await one!.spaces.change(world.id, (space) => inviteByName(space, host, PEOPLE[1]!, "speaker"));
  // The other half: muted there, and titled otherwise, by a control that decided, too.
  const muted = setMuted(editSpace(begin, host, { title: "There" }), host, host, true);
  const there = changedBy("a-9", leaveStore(begin), counted(begin, muted), 1);
  world.say(STATE_KEYS.ahead(world.id), toShared(there));
  for (const { directory } of world.controls) {
    const { title, members, invited } = directory.get(world.id)!.snapshot;
    expect([title, members[0]!.muted, invited.length]).toEqual(["Here", true, 1]);
  }
  world.store.isUp = true;
  await world.pass(2_000);
  expect(world.store.space.snapshot).toMatchObject({ title: "Here", members: [{ muted: true }] });
});
