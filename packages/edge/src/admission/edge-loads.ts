import type { Relay, Unsubscribe } from "@rostra/relay";
import { type EdgeLoad, isEdgeLoad, STATE_KEYS } from "@rostra/wire";

/** Another edge, as far as it is known here. */
export interface KnownEdge {
  readonly name: string;
  readonly load: EdgeLoad;
  /** Listeners it could still take: less those who were sent there since it last said so. */
  readonly spare: number;
}

interface Entry {
  readonly load: EdgeLoad;
  /** Listeners sent there since. */
  sent: number;
  sentToHls: number;
}

/** What the other edges say of their load. One that dies is gone with its connection. */
export class EdgeLoads {
  readonly #others = new Map<string, Entry>();
  readonly #unsubscribe: Unsubscribe;

  constructor(relay: Pick<Relay, "watch">, ownName: string) {
    this.#unsubscribe = relay.watch(STATE_KEYS.edgeLoads, (key, value) => {
      const name = key.slice(STATE_KEYS.edgeLoads.length);
      if (name === ownName) return;
      // What can't be read is no place to send anybody.
      if (isEdgeLoad(value)) this.#others.set(name, { load: value, sent: 0, sentToHls: 0 });
      else this.#others.delete(name);
    });
  }

  others(): KnownEdge[] {
    return [...this.#others].map(([name, { load, sent, sentToHls }]) => {
      const room = load.accepts ? load.mark - load.listeners - sent : 0;
      const hlsSpare = load.hlsSpare === null ? null : Math.max(0, load.hlsSpare - sentToHls);
      return { name, load: { ...load, hlsSpare }, spare: Math.max(0, room) };
    });
  }

  /** Somebody was sent there: a storm within one second must not all go to the same place. */
  countSent(name: string): void {
    const entry = this.#others.get(name);
    if (entry !== undefined) entry.sent += 1;
  }

  countSentToHls(name: string): void {
    const entry = this.#others.get(name);
    if (entry !== undefined) entry.sentToHls += 1;
  }

  close(): void {
    this.#unsubscribe();
  }
}
