import { SPACE_STATES, type StageMember, type UserId } from "@rostra/wire";
import fc from "fast-check";
import { describe, it } from "vitest";
import { isHostKind, type Kind, RoleMachine, type Step } from "../../test/role-machine.ts";
import { beginning, checkSpace, must, step, steps } from "../../test/role-stories.ts";
import type { SpaceRecord } from "./record.ts";

/** What may have become of one member by one step. */
function checkMember(was: StageMember, is: StageMember, { kind, actor }: Step): void {
  const own = actor === is.id;
  if (was.muted && !is.muted) must(own && kind === "unmute", "unmuted by nobody but oneself");
  if (was.micLocked && !is.muted) must(false, "a locked one never unmutes");
  if (was.micLocked && !is.micLocked) {
    must((kind === "unlock" && !own) || is.role === "host", "unlocked by another host");
  }
  if (was.channel !== "air" && is.channel === "air") {
    must((own && kind === "toAir") || is.muted, "muted, whom others bring to air");
  }
  if (was.channel === "whisper" && is.role === "speaker") {
    must(is.channel === "backstage" && is.muted, "demoted out of the whisper, muted");
  }
  if (was.channel !== is.channel && is.channel === "whisper") must(own, "one's own way to whisper");
}

/** What may have become of the space by one step. */
function checkStep(before: SpaceRecord, after: SpaceRecord, each: Step): void {
  const { kind, actor } = each;
  const [was, is] = [before.snapshot, after.snapshot];
  const roleBefore = was.members.find(({ id }) => id === actor)?.role;
  const rank = (state: (typeof SPACE_STATES)[number]) => SPACE_STATES.indexOf(state);
  must(rank(is.state) >= rank(was.state), "a space only goes on");
  if (was.state === "ended") must(is === was || kind === "restart", "over is over");
  if (is.members.length > was.members.length) {
    must(is.members.length <= is.settings.stageLimit, "newcomers only where there is room");
  }
  for (const member of is.members) {
    const earlier = was.members.find(({ id }) => id === member.id);
    if (earlier !== undefined) {
      checkMember(earlier, member, each);
      continue;
    }
    must(actor === member.id && (kind === "accept" || kind === "followLink"), "nobody is put on");
  }
  if (isHostKind(kind) && roleBefore !== "host" && roleBefore !== "cohost") {
    must(is.members === was.members && is.settings === was.settings, "no right, no change");
  }
}

function check(machine: RoleMachine, each: Step): void {
  machine.settle();
  const before = machine.record;
  // What time alone does is done apart, so that the rest is the step's.
  const roleBefore = machine.member(each.actor)?.role;
  const happened = machine.take(each);
  const after = machine.record;
  if (isHostKind(each.kind) && roleBefore !== "host" && roleBefore !== "cohost") {
    must(!happened, "what hosts do is refused to others");
  }
  checkSpace(after, machine);
  checkStep(before, after, each);
  checkMemory(machine, before, each);
}

/** What the machine must not forget, told by the steps themselves and not by its own notes. */
function checkMemory(machine: RoleMachine, before: SpaceRecord, each: Step): void {
  const { kind, actor, target } = each;
  const { shownOutMs, lockedAway, sent, record, clock } = machine;
  const { members, state } = record.snapshot;
  for (const member of members) {
    if (!before.snapshot.members.some(({ id }) => id === member.id)) {
      must(!lockedAway.delete(member.id) || member.micLocked, "locked when it left and came back");
    }
    if (member.role === "host") sent.delete(member.id);
  }
  for (const { id, micLocked } of before.snapshot.members) {
    if (machine.member(id) !== undefined) continue;
    if (micLocked) lockedAway.add(id);
    if (id !== actor) shownOutMs.set(id, clock.nowMs());
  }
  const isOnList = (who: UserId, { notes }: SpaceRecord) =>
    notes.blocked.some(({ id }) => id === who);
  if (kind === "block" && isOnList(target, record) && !isOnList(target, before)) {
    shownOutMs.set(target, clock.nowMs());
  }
  if (actor !== target && kind === "toAir" && machine.member(target)?.channel === "air") {
    sent.delete(target);
  }
  if (actor !== target && kind === "toBackstage" && record !== before && state !== "ended") {
    if (machine.member(target)?.channel === "backstage") sent.add(target);
  }
  must(
    members.every(({ id, channel }) => channel !== "air" || !sent.has(id)),
    "whoever was sent backstage isn't on air",
  );
}

/** The same steps in another order; each actor's own stay in theirs. */
function interleave(all: readonly Step[], picks: readonly number[]): Step[] {
  const queues = [...Map.groupBy(all, ({ actor }) => actor).values()].map((queue) => [...queue]);
  const mixed: Step[] = [];
  for (let turn = 0; queues.length > 0; turn += 1) {
    const index = (picks[turn % picks.length] ?? 0) % queues.length;
    mixed.push(queues[index]!.shift()!);
    if (queues[index]!.length === 0) queues.splice(index, 1);
  }
  return mixed;
}

describe("the role machine", () => {
  it("keeps its promises through anything that anybody does, drops and restarts included", () => {
    fc.assert(
      fc.property(beginning, steps, (begin, all) => {
        const machine = new RoleMachine(begin);
        for (const each of all) check(machine, each);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps them as well when the same people act in another order", () => {
    const picks = fc.array(fc.nat(15), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(beginning, steps, picks, (begin, all, order) => {
        const machine = new RoleMachine(begin);
        for (const each of interleave(all, order)) check(machine, each);
      }),
      { numRuns: 250 },
    );
  });

  it("does nothing the second time the same is asked of it", () => {
    const moves: readonly Kind[] = ["countDown", "makeLink", "wait", "restart", "ownBlock"];
    const last = step.filter(({ kind }) => !moves.includes(kind));
    fc.assert(
      fc.property(beginning, steps, last, (begin, all, each) => {
        const machine = new RoleMachine(begin);
        for (const one of all) machine.take(one);
        machine.take(each);
        const once = machine.record;
        machine.take(each);
        must(withoutTimes(once) === withoutTimes(machine.record), `${each.kind} twice`);
      }),
      { numRuns: 250 },
    );
  });
});

/** What time alone may have changed is left out. */
function withoutTimes({ snapshot: { members, settings, invited }, notes }: SpaceRecord): string {
  return JSON.stringify([members, settings, invited, notes.hands, notes.blocked]);
}
