import { MemoryRelayWorld } from "@rostra/relay";
import { VirtualClock } from "@rostra/testkit";
import { type Clock, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { pino } from "pino";
import { Refusal } from "../src/errors.ts";
import { counted } from "../src/roles/ahead.ts";
import { Presence } from "../src/roles/presence.ts";
import { NO_NOTES } from "../src/roles/record.ts";
import { AheadSpaces } from "../src/spaces/ahead-spaces.ts";
import { Deciders } from "../src/spaces/deciders.ts";
import { SpaceDirectory } from "../src/spaces/directory.ts";
import { HandQueues } from "../src/spaces/hand-queues.ts";
import { HiddenNamesBoard } from "../src/spaces/hidden-names.ts";
import { ListenerCounts } from "../src/spaces/listener-counts.ts";
import { Neighbours } from "../src/spaces/neighbours.ts";
import { NoticeBoard } from "../src/spaces/notice-board.ts";
import { Placement } from "../src/spaces/placement.ts";
import { newSpace } from "../src/spaces/space-draft.ts";
import { noChange, Spaces } from "../src/spaces/spaces.ts";
import { UnsavedChanges } from "../src/spaces/unsaved-changes.ts";
import type { Store, StoredSpace } from "../src/store/store.ts";
import { named, PEOPLE } from "./role-machine.ts";

/** A store that is out of reach when told to: in memory, so that a hundred outages take a second. */
class ShakyStore {
  isUp = true;
  /** False: it goes between a change and the others' reading of it. */
  isRead = true;
  space: StoredSpace;

  constructor(space: StoredSpace) {
    this.space = space;
  }

  readonly port = {
    changeSpace: async (
      _id: SpaceId,
      rule: (space: StoredSpace) => StoredSpace,
      _: unknown,
      above = 0,
    ) => {
      this.#refuseDown();
      this.space = { ...this.space, ...counted(this.space, rule(this.space), above) };
      return this.space;
    },
    loadSpace: async () => {
      this.#refuseDown(this.isRead);
      return this.space;
    },
  } as unknown as Store;

  #refuseDown(isHere = true): void {
    if (!this.isUp || !isHere)
      throw new Refusal("unavailable", "the store is down: try again soon");
  }
}

/** What of a control changes spaces, on a clock of its own: one that isn't moved is dead. */
class SomeControl {
  readonly clock: VirtualClock;
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly leave: () => Promise<void>;

  constructor(name: string, relays: MemoryRelayWorld, store: ShakyStore, nowMs: number) {
    const relay = relays.join();
    const clock = new VirtualClock(nowMs);
    const log = pino({ level: "silent" });
    const directory = new SpaceDirectory(relay);
    const deciders = new Deciders(relay, name);
    const spaces: Spaces = new Spaces({
      store: store.port,
      directory,
      listeners: new ListenerCounts(relay),
      placement: new Placement(relay),
      presence: new Presence(clock),
      handQueues: new HandQueues(relay, clock),
      noticeBoard: new NoticeBoard(relay),
      hiddenNames: new HiddenNamesBoard(relay),
      relay,
      clock,
      ahead: () => ahead,
      unsaved: () => unsaved,
    });
    const ahead = new AheadSpaces({
      ...{ name, deciders, relay, clock, log },
      show: (record) => spaces.show({ ...record, peakListeners: 0 }),
      save: (id) => spaces.save(id),
    });
    const save = (id: SpaceId) => spaces.change(id, noChange);
    const unsaved = new UnsavedChanges({ directory, relay, clock, log, save });
    ahead.start();
    spaces.show(store.space);
    new Neighbours({ spaces, directory, store: store.port, relay, clock, log }).start();
    unsaved.start();
    const service = { role: "control", name, url: name, pid: 1, decides: true };
    relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
    this.clock = clock;
    this.spaces = spaces;
    this.directory = directory;
    this.leave = () => relay.close();
  }
}

/** One space, several controls, and a store that comes and goes. */
export class OutageWorld {
  readonly store: ShakyStore;
  readonly id: SpaceId;
  readonly #relays = new MemoryRelayWorld(new VirtualClock() satisfies Clock);
  readonly #controls = new Map<string, SomeControl>();
  #nowMs = new VirtualClock().nowMs();
  #born = 0;

  constructor() {
    const snapshot = newSpace({ title: "T" }, named(PEOPLE[0]!), "stage-1", this.#nowMs);
    const notes = NO_NOTES;
    this.store = new ShakyStore({ snapshot, notes, blockLists: new Map(), peakListeners: 0 });
    this.id = snapshot.id;
    for (let count = 0; count < 2; count += 1) this.bear();
  }

  get controls(): readonly SomeControl[] {
    return [...this.#controls.values()];
  }

  named(name: string): SomeControl {
    return this.#controls.get(name)!;
  }

  /** What somebody says whom these controls couldn't hear until now. */
  say(key: string, value: object): void {
    this.#relays.join().put(key, value);
  }

  /** A new one, which needs the store to start. */
  bear(): void {
    if (!this.store.isUp || this.#controls.size > 3) return;
    // Before, between and behind the others by name: each may be the one that decides.
    const name = `${"bdac"[this.#born % 4]}-${this.#born}`;
    this.#born += 1;
    this.#controls.set(name, new SomeControl(name, this.#relays, this.store, this.#nowMs));
  }

  /** One dies; a last one stays, since nobody else could go on. */
  async kill(pick: number): Promise<void> {
    if (this.#controls.size < 2) return;
    const [name, control] = [...this.#controls][pick % this.#controls.size]!;
    this.#controls.delete(name);
    await control.leave();
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (let leftMs = ms; leftMs > 0; leftMs -= 250) {
      for (const { clock } of this.controls) clock.advance(Math.min(250, leftMs));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}
