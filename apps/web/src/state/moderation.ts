import type { RaisedHand, RostraApi } from "@rostra/client";
import type { SpaceId, UserId } from "@rostra/wire";
import { aftermath, type Deed } from "./deeds.ts";
import type { HandsQueue } from "./hands-queue.ts";
import type { Listening } from "./listening.ts";
import { UndoBar } from "./undo-bar.ts";

type Room = Pick<Listening, "space" | "spaceId">;
type ModerationApi = Pick<
  RostraApi,
  | "setMuted"
  | "muteAll"
  | "setMicLocked"
  | "setRole"
  | "setChannel"
  | "removeFromStage"
  | "block"
  | "unblock"
  | "handOver"
  | "inviteByName"
  | "withdrawInvitation"
  | "updateSpace"
>;

/** Runs what a button asked for, tells of a failure, and says whether it worked. */
type Attempt = (action: () => Promise<unknown>) => Promise<boolean>;

/** What a host does about others, each with its undo. Owns the bar that offers it. */
export class Moderation {
  readonly bar = new UndoBar();
  readonly #api: ModerationApi;
  readonly #listening: Room;
  readonly #attempt: Attempt;

  constructor(api: ModerationApi, listening: Room, attempt: Attempt) {
    this.#api = api;
    this.#listening = listening;
    this.#attempt = attempt;
    // A hand that was lowered a second ago is lowered, also when the page goes.
    addEventListener("pagehide", this.#settle);
  }

  /** @param name of whom it is about, for those who aren't on stage */
  async do(deed: Deed, name?: string): Promise<void> {
    const before = this.#listening.space.value;
    if (before === null) return;
    const { words, undo } = aftermath(deed, before, name);
    if (!(await this.#perform([deed]))) return;
    const offer =
      undo === null ? null : { label: undo.label, run: () => this.#perform(undo.deeds) };
    this.bar.show(words, offer);
  }

  /** Lowered for good only when it can't be undone any more: no host can raise another's hand. */
  lowerHands(queue: HandsQueue, hands: readonly RaisedHand[]): void {
    const ids = hands.map(({ id }) => id);
    const [first] = hands;
    if (first === undefined) return;
    const words =
      hands.length === 1 ? `Lowered ${first.displayName}'s hand` : `Lowered ${hands.length} hands`;
    // The hands of the offer before are lowered first: only then do these go.
    this.bar.settle();
    queue.hide(ids);
    this.bar.show(words, { label: "Undo", run: () => queue.show(ids) }, () =>
      this.#attempt(() => queue.lower(ids)),
    );
  }

  async order(queue: HandsQueue, order: readonly UserId[]): Promise<void> {
    await this.#attempt(() => queue.order(order));
  }

  close(): void {
    removeEventListener("pagehide", this.#settle);
    this.bar.close();
  }

  async #perform(deeds: readonly Deed[]): Promise<boolean> {
    const spaceId = this.#listening.spaceId;
    return this.#attempt(async () => {
      for (const deed of deeds) await perform(this.#api, spaceId, deed);
    });
  }

  readonly #settle = (): void => this.bar.settle();
}

/** The call of the HTTP API that a deed is. */
function perform(api: ModerationApi, spaceId: SpaceId, deed: Deed): Promise<unknown> {
  switch (deed.do) {
    case "mute":
      return api.setMuted(spaceId, deed.id, true);
    case "mute-all":
      return api.muteAll(spaceId);
    case "lock":
      return api.setMicLocked(spaceId, deed.id, true);
    case "unlock":
      return api.setMicLocked(spaceId, deed.id, false);
    case "role":
      return api.setRole(spaceId, deed.id, deed.role);
    case "send":
      return api.setChannel(spaceId, deed.id, deed.channel);
    case "remove":
      return api.removeFromStage(spaceId, deed.id);
    case "block":
      return api.block(spaceId, deed.id);
    case "unblock":
      return api.unblock(spaceId, deed.id);
    case "hand-over":
      return api.handOver(spaceId, deed.id);
    case "invite":
      return api.inviteByName(spaceId, deed.id, deed.role);
    case "withdraw":
      return api.withdrawInvitation(spaceId, deed.id);
    case "settings":
      return api.updateSpace(spaceId, { settings: deed.settings });
  }
}
