import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { RaisedHand, RostraApi } from "@rostra/client";
import type { HandQueue, SpaceId, UserId } from "@rostra/wire";
import { inOrder } from "./hand-order.ts";

type QueueApi = Pick<RostraApi, "hands" | "orderHands" | "lowerHandOf" | "lowerAllHands">;

/** At most this many calls one by one; beyond, all hands are lowered in one. */
const ONE_BY_ONE = 20;

/**
 * The raised hands with their names, as a host sees them. The room says that something changed, the
 * names are asked for. What the host does shows at once, and until the server knows it.
 */
export class HandsQueue {
  readonly hands: ReadonlySignal<readonly RaisedHand[]>;
  readonly #api: QueueApi;
  readonly #spaceId: SpaceId;
  readonly #numbers: ReadonlySignal<HandQueue>;
  readonly #known = signal<readonly RaisedHand[]>([]);
  /** As the host has just put them; null where the server's own order stands. */
  readonly #order = signal<readonly UserId[] | null>(null);
  /** Lowered, but it can still be undone. */
  readonly #hidden = signal<ReadonlySet<UserId>>(new Set());
  /** Of everybody who was ever in the queue: an invitation says no name. */
  readonly #names = new Map<UserId, string>();
  #isAsking = false;
  #askAgain = false;

  constructor(api: QueueApi, spaceId: SpaceId, numbers: ReadonlySignal<HandQueue>) {
    this.#api = api;
    this.#spaceId = spaceId;
    this.#numbers = numbers;
    this.hands = computed(() => {
      const shown = this.#known.value.filter(({ id }) => !this.#hidden.value.has(id));
      return this.#order.value === null ? shown : inOrder(shown, this.#order.value);
    });
  }

  /** Follows the queue. @returns what stops it */
  start(): () => void {
    return effect(() => {
      const { count } = this.#numbers.value;
      if (count === 0) this.#known.value = [];
      else void this.refresh();
    });
  }

  /** Asks now; while an answer is on its way, once more after it. Never rejects. */
  async refresh(): Promise<void> {
    this.#askAgain = this.#isAsking;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#take((await this.#api.hands(this.#spaceId)).hands);
    } catch {
      // Not a host any more, or control is away: what was known stands.
    } finally {
      this.#isAsking = false;
    }
    if (this.#askAgain) await this.refresh();
  }

  /** @throws what the call throws; the order of before stands then */
  async order(order: readonly UserId[]): Promise<void> {
    this.#order.value = order;
    try {
      this.#take((await this.#api.orderHands(this.#spaceId, order)).hands);
    } finally {
      if (this.#order.value === order) this.#order.value = null;
    }
  }

  /** Undefined for whom this page has never seen in the queue. */
  nameOf(id: UserId): string | undefined {
    return this.#names.get(id);
  }

  #take(hands: readonly RaisedHand[]): void {
    for (const { id, displayName } of hands) this.#names.set(id, displayName);
    this.#known.value = hands;
  }

  /** Out of sight, for as long as the lowering can be undone. */
  hide(ids: readonly UserId[]): void {
    this.#hidden.value = new Set([...this.#hidden.value, ...ids]);
  }

  /** Back in their places: nothing was asked of the server yet. */
  show(ids: readonly UserId[]): void {
    this.#hidden.value = new Set([...this.#hidden.value].filter((id) => !ids.includes(id)));
  }

  /** Lowers hands that were hidden. Hands that went up in the meantime stay. */
  async lower(ids: readonly UserId[]): Promise<void> {
    try {
      const others = this.#known.value.some(({ id }) => !ids.includes(id));
      if (!others && ids.length > 1) await this.#api.lowerAllHands(this.#spaceId);
      else if (ids.length > ONE_BY_ONE) await this.#api.lowerAllHands(this.#spaceId);
      else for (const id of ids) await this.#api.lowerHandOf(this.#spaceId, id);
    } finally {
      await this.refresh();
      this.show(ids);
    }
  }
}
