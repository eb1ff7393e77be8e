import {
  type ByeEvent,
  encodeRoomEvent,
  encodeTextFrame,
  type HandQueue,
  LIMITS,
  type ListenerCount,
  NO_ACTIVITY,
  NO_HANDS,
  type Notice,
  type RaidNews,
  type RaidSide,
  type Reaction,
  type ReactionCounts,
  type RoomEvent,
  type SpaceSnapshot,
  type StageStatus,
  type UserId,
} from "@rostra/wire";

function toMessage(event: RoomEvent): Uint8Array {
  return encodeTextFrame(encodeRoomEvent(event));
}

/** What the welcome says beside the room's state. */
export interface WelcomeFacts {
  readonly latestFrame: number | null;
  readonly oldestFrame: number | null;
  readonly serverTimeMs: number;
  readonly cadenceMs: number;
}

/**
 * The room's state as messages, each made once for all. Changes wait for the next beat, where the
 * newest of each kind leaves together with the sound.
 */
export class RoomEvents {
  #space: SpaceSnapshot;
  #stage: StageStatus = { ...NO_ACTIVITY, up: false };
  #listeners: ListenerCount = { now: 0, peak: 0 };
  #hands: HandQueue = NO_HANDS;
  #notice: Notice | null = null;
  readonly #raids = new Map<RaidSide, RaidNews>();
  readonly #pending = new Map<string, RoomEvent>();
  #welcome: Uint8Array | undefined;

  constructor(space: SpaceSnapshot) {
    this.#space = space;
  }

  get space(): SpaceSnapshot {
    return this.#space;
  }

  /** @param space a newer snapshot than the one before */
  setSpace(space: SpaceSnapshot): void {
    this.#space = space;
    this.#change({ type: "space", space });
  }

  /** Nothing where the stage says what it said before. */
  setStage(stage: StageStatus): void {
    if (JSON.stringify(stage) === JSON.stringify(this.#stage)) return;
    this.#stage = stage;
    this.#change({ type: "stage", stage });
  }

  /**
   * @param now how many listen on all edges
   * @param knownPeak the most that ever did, as far as control knows it
   */
  setListeners(now: number, knownPeak: number): void {
    this.#setCounts({
      ...this.#listeners,
      now,
      peak: Math.max(now, knownPeak, this.#listeners.peak),
    });
  }

  /** @param numbers those beside the count of connections */
  setAudience(numbers: Omit<ListenerCount, "now" | "peak">): void {
    this.#setCounts({ ...this.#listeners, ...numbers });
  }

  #setCounts(listeners: ListenerCount): void {
    const before = this.#listeners;
    if (COUNTS.every((key) => listeners[key] === before[key])) return;
    this.#listeners = listeners;
    this.#change({ type: "listeners", listeners });
  }

  /** Nothing where a newer one is known. @param notice with an empty text: what was said is cleared */
  setNotice(notice: Notice): void {
    if (this.#notice !== null && notice.id <= this.#notice.id) return;
    this.#notice = notice;
    this.#change({ type: "notice", ...notice });
  }

  /** Names that the hosts have just hidden. Newcomers ask for the list, and don't find them there. */
  hideNames(ids: readonly UserId[]): void {
    const waiting = this.#pending.get("names-hidden");
    const before = waiting?.type === "names-hidden" ? waiting.ids : [];
    const all = [...new Set([...before, ...ids])].slice(-LIMITS.blockedPeople);
    this.#pending.set("names-hidden", { type: "names-hidden", ids: all });
  }

  /** Nothing where it says what it said before. */
  setRaid(news: RaidNews): void {
    const before = this.#raids.get(news.side);
    if (before === undefined && news.raid === null) return;
    if (JSON.stringify(news) === JSON.stringify(before)) return;
    if (news.raid === null) this.#raids.delete(news.side);
    else this.#raids.set(news.side, news);
    this.#pending.set(`raid ${news.side}`, { type: "raid", ...news });
    this.#welcome = undefined;
  }

  /** Adds to what waits for the next beat: a beat carries the sum. */
  addReactions(counts: ReactionCounts): void {
    const waiting = this.#pending.get("reactions");
    const sum: { [R in Reaction]?: number } =
      waiting?.type === "reactions" ? { ...waiting.counts } : {};
    for (const [emoji, n] of Object.entries(counts) as [Reaction, number][]) {
      sum[emoji] = (sum[emoji] ?? 0) + n;
    }
    this.#pending.set("reactions", { type: "reactions", counts: sum });
  }

  /** @param share above 0, up to 1 */
  askHeard(share: number): void {
    this.#pending.set("ask-heard", { type: "ask-heard", share });
  }

  setHands(hands: HandQueue): void {
    if (hands.revision === this.#hands.revision && hands.open === this.#hands.open) return;
    this.#hands = hands;
    this.#change({ type: "hands", hands });
  }

  #change(event: RoomEvent): void {
    this.#pending.set(event.type, event);
    this.#welcome = undefined;
  }

  /** @returns the messages that have come up since the last beat; undefined for none */
  beat(): Uint8Array | undefined {
    this.#welcome = undefined;
    if (this.#pending.size === 0) return undefined;
    const messages = [...this.#pending.values()].map(toMessage);
    this.#pending.clear();
    return Buffer.concat(messages);
  }

  /** Made once between two beats: all who come in a storm get the same bytes. */
  welcome(facts: () => WelcomeFacts): Uint8Array {
    if (this.#welcome !== undefined) return this.#welcome;
    const now = facts();
    this.#welcome = toMessage({
      type: "welcome",
      protocol: 1,
      space: this.#space,
      stage: this.#stage,
      listeners: this.#listeners,
      hands: this.#hands,
      notice: this.#noticeAt(now.serverTimeMs),
      ...(this.#raids.size > 0 && { raids: [...this.#raids.values()] }),
      ...now,
    });
    return this.#welcome;
  }

  /** Newcomers are shown a notice for its time, and never one that was cleared. */
  #noticeAt(nowMs: number): Notice | null {
    const notice = this.#notice;
    return notice === null || notice.text === "" || notice.untilMs <= nowMs ? null : notice;
  }
}

const COUNTS = ["now", "peak", "heard", "heardError", "heardOf", "hls"] as const;

/** @param retryAfterMs when to come back, ms; null: not at all */
export function byeMessage(reason: ByeEvent["reason"], retryAfterMs: number | null): Uint8Array {
  return toMessage({ type: "bye", reason, retryAfterMs });
}
