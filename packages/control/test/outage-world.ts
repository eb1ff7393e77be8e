import { MemoryRelayWorld } from "@rostra/relay";
import { VirtualClock } from "@rostra/testkit";
import { type Clock, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { pino } from "pino";
import { Refusal } from "../src/errors.ts";
import { Journal, type JournalDisk } from "../src/journal/journal.ts";
import { type JournalEntry, readLines } from "../src/journal/lines.ts";
import { counted, type Landing } from "../src/roles/ahead.ts";
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
import { replay } from "../src/spaces/replay.ts";
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
      const before = this.space;
      const { written, ...decided } = rule(before) as Landing;
      this.space = { ...before, ...counted(before, decided, above) };
      if (written !== undefined && written !== before.written) {
        const { snapshot, notes } = this.space;
        const revisions = { snapshot: snapshot.revision, notes: notes.revision };
        this.space = { ...this.space, written: { ...written, ...revisions } };
      }
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

/** What lies in a folder, and outlives every process. */
class MemoryDisk implements JournalDisk {
  text = "";

  async read(): Promise<string> {
    return this.text;
  }

  async append(text: string): Promise<void> {
    this.text += text;
  }

  async replace(text: string): Promise<void> {
    this.text = text;
  }
}

/** What of a control changes spaces, on a clock of its own: one that isn't moved is dead. */
class SomeControl {
  readonly clock: VirtualClock;
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly leave: () => Promise<void>;
  /** Reads what others have kept, too, and shows what there is. */
  readonly start: (kept: readonly JournalEntry[]) => Promise<void>;

  constructor(name: string, relays: MemoryRelayWorld, store: ShakyStore, begin: Begin) {
    const relay = relays.join();
    const { clock, journal } = begin;
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
      ...{ name, deciders, relay, journal, clock, log },
      show: (record) => spaces.showUnstored(record),
      save: (id) => spaces.save(id),
    });
    const save = (id: SpaceId) => spaces.change(id, noChange);
    const unsaved = new UnsavedChanges({ directory, relay, journal, clock, log, save });
    this.start = async (kept) => {
      ahead.start();
      const takenOver = async () => {};
      const opened = Object.assign(journal, { kept, takenOver });
      await replay({ journal: opened, store: store.port, ahead, clock, log });
      spaces.show(store.space);
      new Neighbours({ spaces, directory, store: store.port, relay, clock, log }).start();
      unsaved.start();
      const service = { role: "control", name, url: name, pid: 1, decides: true };
      relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
    };
    this.clock = clock;
    this.spaces = spaces;
    this.directory = directory;
    this.leave = () => relay.close();
  }
}

interface Begin {
  readonly clock: VirtualClock;
  readonly journal: Journal;
}

/** One space, several controls on two machines, and a store that comes and goes. */
export class OutageWorld {
  readonly store: ShakyStore;
  readonly id: SpaceId;
  /** By control; its name ends with its machine's. */
  readonly #disks = new Map<string, MemoryDisk>();
  #relays = new MemoryRelayWorld(new VirtualClock() satisfies Clock);
  readonly #controls = new Map<string, SomeControl>();
  #nowMs = new VirtualClock().nowMs();
  #born = 0;

  private constructor() {
    const snapshot = newSpace({ title: "T" }, named(PEOPLE[0]!), "stage-1", this.#nowMs);
    const notes = NO_NOTES;
    this.store = new ShakyStore({ snapshot, notes, blockLists: new Map(), peakListeners: 0 });
    this.id = snapshot.id;
  }

  static async begin(): Promise<OutageWorld> {
    const world = new OutageWorld();
    await world.bear();
    await world.bear();
    return world;
  }

  get controls(): readonly SomeControl[] {
    return [...this.#controls.values()];
  }

  /** What is in all journals now. */
  get journals(): readonly string[] {
    return [...this.#disks.values()].map(({ text }) => text);
  }

  named(name: string): SomeControl {
    return this.#controls.get(name)!;
  }

  /** What somebody says whom these controls couldn't hear until now. */
  say(key: string, value: object): void {
    this.#relays.join().put(key, value);
  }

  /**
   * A new one, which needs the store to start. It takes over what the dead of its machine have kept.
   * @param old journals that turn up besides
   */
  async bear(old: readonly string[] = []): Promise<void> {
    if (!this.store.isUp || this.#controls.size > 3) return;
    const machine = this.#born % 2;
    // Before, between and behind the others by name: each may be the one that decides.
    const name = `${"bdac"[this.#born % 4]}-${this.#born}-${machine}`;
    this.#born += 1;
    const dead = [...this.#disks.keys()].filter(
      (each) => each.endsWith(`-${machine}`) && !this.#controls.has(each),
    );
    const kept = [...dead.map((each) => this.#disks.get(each)!.text), ...old];
    const disk = new MemoryDisk();
    const clock = new VirtualClock(this.#nowMs);
    const journal = await Journal.open({ disk, clock, log: pino({ level: "silent" }) });
    const control = new SomeControl(name, this.#relays, this.store, { clock, journal });
    await control.start(kept.flatMap((text) => [...readLines(text).entries]));
    for (const each of dead) this.#disks.delete(each);
    this.#disks.set(name, disk);
    this.#controls.set(name, control);
  }

  /** One dies; a last one stays, since nobody else could go on. */
  async kill(pick: number): Promise<void> {
    if (this.#controls.size < 2) return;
    const [name, control] = [...this.#controls][pick % this.#controls.size]!;
    this.#controls.delete(name);
    await control.leave();
  }

  /** Every process ends, and with them all that was in memory. The store is back, then both machines. */
  async blackout(): Promise<void> {
    await this.settle();
    for (const { leave } of this.controls) await leave();
    this.#controls.clear();
    this.#relays = new MemoryRelayWorld(new VirtualClock());
    this.store.isUp = true;
    await this.bear();
    await this.bear();
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (let leftMs = ms; leftMs > 0; leftMs -= 250) {
      for (const { clock } of this.controls) clock.advance(Math.min(250, leftMs));
      await this.settle();
    }
  }

  /** What is under way comes to its end: stores and disks answer at once here. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
