import { VirtualClock } from "@rostra/testkit";
import { newUserId, type SpaceId, type StageMember, type UserId } from "@rostra/wire";
import { Refusal } from "../src/errors.ts";
import { blockPerson, unblockPerson } from "../src/roles/blocks.ts";
import { setChannel } from "../src/roles/channels.ts";
import { settle } from "../src/roles/charge.ts";
import { lowerAllHands, lowerHand, orderHands, raiseHand } from "../src/roles/hands.ts";
import {
  acceptInvitation,
  dropInvitation,
  followLink,
  type InvitationLink,
  inviteByName,
  offerHost,
} from "../src/roles/invitations.ts";
import { cancelCountdown, countDown, endSpace, goLive, openBackstage } from "../src/roles/life.ts";
import { muteAll, setMicLocked, setMuted } from "../src/roles/microphones.ts";
import { hideName, showName } from "../src/roles/names.ts";
import { clearNotice, writeNotice } from "../src/roles/notices.ts";
import { Presence } from "../src/roles/presence.ts";
import { handOver, setRole } from "../src/roles/ranks.ts";
import { NO_NOTES, refuseUnlessRunning, type SpaceRecord } from "../src/roles/record.ts";
import { editSpace } from "../src/roles/settings.ts";
import { enterStage, type InvitedRole, leaveStage } from "../src/roles/stage.ts";
import { newSpace } from "../src/spaces/space-draft.ts";

const STAGE = "stage-1";

/** A host, eleven who may come on stage, and four strangers. */
export const PEOPLE: readonly UserId[] = Array.from({ length: 16 }, () => newUserId());

/** What somebody does, to whom, and a small number for what there is to choose. */
export interface Step {
  readonly kind: Kind;
  readonly actor: UserId;
  readonly target: UserId;
  readonly pick: number;
}

type Rule = (record: SpaceRecord, nowMs: number, step: Step) => SpaceRecord;

const edit =
  (settings: (pick: number) => Parameters<typeof editSpace>[2]["settings"]): Rule =>
  (record, _nowMs, { actor, pick }) =>
    editSpace(record, actor, { settings: settings(pick)! });

export const named = (id: UserId) => ({ id, displayName: "Somebody" });

/** What hosts do: refused to everybody else. */
const HOST_RULES = {
  inviteSpeaker: (record, _now, { actor, target }) =>
    inviteByName(record, actor, target, "speaker"),
  inviteCohost: (record, _now, { actor, target }) => inviteByName(record, actor, target, "cohost"),
  promote: (record, nowMs, { actor, target }) => setRole(record, actor, target, "cohost", nowMs),
  demote: (record, nowMs, { actor, target }) => setRole(record, actor, target, "speaker", nowMs),
  handOver: (record, nowMs, { actor, target }) => handOver(record, actor, target, nowMs),
  offerHost: (record, _now, { actor, target }) => offerHost(record, actor, target),
  lock: (record, _now, { actor, target }) => setMicLocked(record, actor, target, true),
  unlock: (record, _now, { actor, target }) => setMicLocked(record, actor, target, false),
  muteAll: (record, _now, { actor, target }) => muteAll(record, actor, [target]),
  block: (record, nowMs, { actor, target }) => blockPerson(record, actor, target, nowMs),
  unblock: (record, _now, { actor, target }) => unblockPerson(record, actor, target),
  hideName: (record, nowMs, { actor, target }) => hideName(record, actor, named(target), nowMs),
  showName: (record, _now, { actor, target }) => showName(record, actor, target),
  lowerAll: (record, _now, { actor }) => lowerAllHands(record, actor),
  order: (record, _now, { actor, target }) => orderHands(record, actor, [target]),
  backstage: (record, _now, { actor }) => openBackstage(record, actor),
  live: (record, nowMs, { actor }) => goLive(record, actor, nowMs),
  countDown: (record, nowMs, { actor, pick }) => countDown(record, actor, 1 + pick, nowMs),
  cancel: (record, _now, { actor }) => cancelCountdown(record, actor),
  end: (record, nowMs, { actor }) => endSpace(record, actor, nowMs),
  stageLimit: edit((pick) => ({ stageLimit: 1 + 2 * pick })),
  handsOpen: edit((pick) => ({ handsOpen: pick % 2 === 0 })),
  hostAway: edit((pick) => ({ hostAwaySeconds: 10 + pick })),
  writeNotice: (record, nowMs, { actor, pick }) =>
    writeNotice(record, actor, { text: `Notice ${pick}`, keepMs: 1_000 }, nowMs),
  clearNotice: (record, nowMs, { actor }) => clearNotice(record, actor, nowMs),
  sound: edit((pick) => ({ sound: pick % 2 === 0 ? "voice" : "music" })),
} as const satisfies Record<string, Rule>;

/** What anybody may do to themself; to others only hosts, or nobody. */
const OWN_RULES = {
  accept: (record, nowMs, { actor }) => acceptInvitation(record, named(actor), nowMs),
  decline: (record, _now, { actor, target }) => dropInvitation(record, actor, target),
  raise: (record, nowMs, { actor }) => raiseHand(record, named(actor), nowMs),
  lower: (record, _now, { actor, target }) => lowerHand(record, actor, target),
  leave: (record, nowMs, { actor, target }) => leaveStage(record, actor, target, nowMs),
  mute: (record, _now, { actor, target }) => setMuted(record, actor, target, true),
  unmute: (record, _now, { actor, target }) => setMuted(record, actor, target, false),
  toAir: (record, _now, { actor, target }) => setChannel(record, actor, target, "air"),
  toBackstage: (record, _now, { actor, target }) => setChannel(record, actor, target, "backstage"),
  toWhisper: (record, _now, { actor, target }) => setChannel(record, actor, target, "whisper"),
} as const satisfies Record<string, Rule>;

/** What happens to the world, not to the record by a rule. */
const EVENTS = [
  "makeLink",
  "followLink",
  "ownBlock",
  "ownUnblock",
  "connect",
  "disconnect",
  "stageGoes",
  "stageComes",
  "wait",
  "restart",
] as const;

const HOST_KINDS = Object.keys(HOST_RULES) as (keyof typeof HOST_RULES)[];
const OWN_KINDS = Object.keys(OWN_RULES) as (keyof typeof OWN_RULES)[];
export const KINDS = [...HOST_KINDS, ...OWN_KINDS, ...EVENTS];
export type Kind = (typeof KINDS)[number];

/** @returns undefined for what happens to the world */
export function ruleOf(kind: Kind): Rule | undefined {
  const rules: { readonly [kind: string]: Rule } = { ...HOST_RULES, ...OWN_RULES };
  return rules[kind];
}

export function isHostKind(kind: Kind): boolean {
  return Object.hasOwn(HOST_RULES, kind);
}

/** What a test says at the beginning: who is on stage besides the host. */
export interface Beginning {
  readonly scheduled: boolean;
  readonly roles: readonly InvitedRole[];
}

/** One space under its rules, with links, people who come and go, and a control that restarts. */
export class RoleMachine {
  readonly clock = new VirtualClock();
  record: SpaceRecord;
  // What a test remembers for itself: apart from what rules note, so that they can't both forget.
  /** Left the stage while locked. */
  readonly lockedAway = new Set<UserId>();
  /** Sent backstage by another, and not brought back yet. */
  readonly sent = new Set<UserId>();
  /** When each was shown out by somebody else, or blocked. */
  readonly shownOutMs = new Map<UserId, number>();
  readonly #links: InvitationLink[];
  readonly #blockLists = new Map<UserId, Set<UserId>>();
  #connected = new Set<UserId>();
  #stageUp = true;
  #presence = new Presence(this.clock);

  constructor({ scheduled, roles }: Beginning) {
    const startsAt = new Date(this.clock.nowMs() + 60_000).toISOString();
    const draft = { title: "T", ...(scheduled && { startsAt }) };
    const snapshot = newSpace(draft, named(PEOPLE[0]!), STAGE, this.clock.nowMs());
    const empty: SpaceRecord = { snapshot, notes: NO_NOTES, blockLists: this.#blockLists };
    this.#presence.setStage(STAGE, true);
    // Two links went round before anything else happened.
    const issuedAtMs = this.clock.nowMs();
    this.#links = [
      { role: "speaker", issuedAtMs },
      { role: "cohost", issuedAtMs },
    ];
    this.record = roles.reduce(
      (record, role, index) => enterStage(record, named(PEOPLE[index + 1]!), role),
      empty,
    );
    this.settle();
  }

  get id(): SpaceId {
    return this.record.snapshot.id;
  }

  member(id: UserId): StageMember | undefined {
    return this.record.snapshot.members.find((member) => member.id === id);
  }

  /** Whether `owner` keeps `id` off the stages that they host. */
  blocks(owner: UserId, id: UserId): boolean {
    return this.#blockLists.get(owner)?.has(id) ?? false;
  }

  /** What control's timer does. */
  settle(): void {
    this.record = settle(this.record, this.clock.nowMs(), (space) => this.#presence.of(space));
  }

  /**
   * @returns whether it happened; false where a rule refused it
   * @throws what isn't a refusal in one line
   */
  take(step: Step): boolean {
    this.clock.advance(7);
    this.settle();
    const before = this.record;
    try {
      this.#happen(step);
      this.settle();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.message.includes("\n")) throw error;
      if (this.record !== before) throw new Error("a refusal changed something", { cause: error });
      return false;
    }
  }

  #happen(step: Step): void {
    const nowMs = this.clock.nowMs();
    const rule = ruleOf(step.kind);
    if (rule !== undefined) this.record = rule(this.record, nowMs, step);
    else this.#meet(step, nowMs);
  }

  #meet({ kind, actor, target, pick }: Step, nowMs: number): void {
    switch (kind) {
      case "makeLink":
        refuseUnlessRunning(this.record, actor);
        this.#links.push({ role: pick % 2 === 0 ? "speaker" : "cohost", issuedAtMs: nowMs });
        // A host's may hand the space over.
        if (pick > 5 && this.member(actor)?.role === "host") {
          this.#links.push({ role: "cohost", host: actor, issuedAtMs: nowMs });
        }
        return;
      case "followLink": {
        const link = this.#links[pick % this.#links.length]!;
        const old = link.issuedAtMs <= (this.shownOutMs.get(actor) ?? -1);
        this.record = followLink(this.record, named(actor), link, nowMs);
        if (old) throw new Error("a dead link worked");
        return;
      }
      case "ownBlock":
        this.#blockLists.set(actor, new Set(this.#blockLists.get(actor)).add(target));
        this.record = { ...this.record };
        return;
      case "ownUnblock":
        this.#blockLists.get(actor)?.delete(target);
        return;
      case "connect":
      case "disconnect":
        if (kind === "connect" && this.#stageUp) this.#connected.add(target);
        else this.#connected.delete(target);
        this.#presence.setConnected(this.id, new Set(this.#connected));
        return;
      case "stageGoes":
      case "stageComes":
        this.#stageUp = kind === "stageComes";
        this.#presence.setStage(STAGE, this.#stageUp);
        if (!this.#stageUp) this.#connected = new Set();
        this.#presence.setConnected(this.id, new Set(this.#connected));
        return;
      case "wait":
        this.clock.advance(1_000 * 2 ** (pick % 8));
        return;
      case "restart":
        this.#restart();
        return;
    }
  }

  /** Serialised, loaded, and on: nothing of a control's memory is left but what it wrote down. */
  #restart(): void {
    const { snapshot, notes } = JSON.parse(JSON.stringify(this.record)) as SpaceRecord;
    this.record = { snapshot, notes, blockLists: this.#blockLists };
    this.#presence = new Presence(this.clock);
    this.#presence.setStage(STAGE, this.#stageUp);
    this.#presence.setConnected(this.id, new Set(this.#connected));
  }
}
