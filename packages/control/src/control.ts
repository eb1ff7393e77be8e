import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Relay } from "@rostra/relay";
import {
  type Clock,
  FLEET_VERSION,
  isObject,
  isService,
  type Service,
  type SpaceId,
  STATE_KEYS,
} from "@rostra/wire";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import { BlockLists } from "./accounts/block-lists.ts";
import { loadSigningKey, sharedSigningKey } from "./accounts/signing-key.ts";
import { Tokens } from "./accounts/tokens.ts";
import { Closing } from "./closing.ts";
import { ControlError } from "./errors.ts";
import { buildApi } from "./http/api.ts";
import { FleetAddresses } from "./http/fleet-addresses.ts";
import { DEFAULT_RATE_LIMITS, type RateLimits } from "./http/rate-limits.ts";
import { openJournal } from "./journal/open-journal.ts";
import { Presence } from "./roles/presence.ts";
import { AheadSpaces } from "./spaces/ahead-spaces.ts";
import { Caretaker } from "./spaces/caretaker.ts";
import { Deciders } from "./spaces/deciders.ts";
import { SpaceDirectory } from "./spaces/directory.ts";
import { HandQueues } from "./spaces/hand-queues.ts";
import { HiddenNamesBoard } from "./spaces/hidden-names.ts";
import { ListenerCounts } from "./spaces/listener-counts.ts";
import { Neighbours } from "./spaces/neighbours.ts";
import { NoticeBoard } from "./spaces/notice-board.ts";
import { Placement } from "./spaces/placement.ts";
import { Raids } from "./spaces/raids.ts";
import { replay } from "./spaces/replay.ts";
import { Rescue } from "./spaces/rescue.ts";
import { noChange, Spaces } from "./spaces/spaces.ts";
import { StageDrains } from "./spaces/stage-drain.ts";
import { UnsavedChanges } from "./spaces/unsaved-changes.ts";
import { Upkeep } from "./spaces/upkeep.ts";
import { answeringStore, isStoreDown } from "./store/answering-store.ts";
import { openPgliteStore } from "./store/pglite/pglite-store.ts";
import { openPostgresStore } from "./store/postgres/postgres-store.ts";
import { KEEP_FREE_BYTES, Room } from "./store/room.ts";
import type { Store } from "./store/store.ts";
import { tracedRelay, tracedStore } from "./tracing.ts";

export interface ControlOptions {
  /** Unique in the fleet: `control`. */
  readonly name: string;
  /** Closed by whoever made it, after control. */
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  /** The internal listener; port 0 takes any. */
  readonly http: { readonly host: string; readonly port: number };
  /** Holds the journal; the signing key and the store, too, unless a database does. Made where it is missing. */
  readonly dataDirectory: string;
  /** With less room than this in the data folder's file system nothing is written; by default 32 MiB. */
  readonly keepFreeBytes?: number;
  /** A PostgreSQL that all controls of a fleet share; left out: store and key in the data folder. */
  readonly databaseUrl?: string;
  /** Base of the links that are given out; null: as each caller found us. */
  readonly publicUrl: string | null;
  /** Whether each space runs on two stages at once where there are two; default false. */
  readonly stagePairs?: boolean;
  /** Spans for requests and what they wait for, for whoever has registered with OpenTelemetry's API. */
  readonly tracing?: boolean;
  /** Limits that differ from {@link DEFAULT_RATE_LIMITS}; "off" for load tests. */
  readonly rateLimits?: Partial<RateLimits> | "off";
}

export interface Control {
  /** Base of the internal HTTP listener, without a slash at the end. */
  readonly url: string;
  /** Finishes what is under way; the order is in the README. */
  close(): Promise<void>;
}

/** A call that an edge sends us before it hears that we go arrives within this time. */
const LAST_CALLS_MS = 100;

/**
 * Starts control; when it resolves, current spaces are on the relay and calls are answered.
 * @throws {ControlError} where the key or the store can't be used
 */
export async function createControl(given: ControlOptions): Promise<Control> {
  const options = given.tracing ? { ...given, relay: tracedRelay(given.relay) } : given;
  const closing = new Closing();
  try {
    const store = await openStore(options, closing);
    closing.add(() => store.close());
    const url = await startOn(store, options, closing);
    return { url, close: () => closing.close() };
  } catch (error) {
    // What made the start fail says more than what the clean-up then stumbles over.
    await closing.close().catch(() => {});
    throw error;
  }
}

async function openStore(options: ControlOptions, closing: Closing): Promise<Store> {
  const { databaseUrl, dataDirectory, clock, log, metrics } = options;
  const store = await (databaseUrl === undefined
    ? openPgliteStore({ directory: join(dataDirectory, "store"), clock })
    : openPostgresStore({ url: databaseUrl, clock, log }));
  const failures = new Counter({
    name: "rostra_control_store_failures_total",
    help: "Calls of the store that couldn't be carried out: out of reach, or out of room",
    registers: [metrics],
  });
  const room = databaseUrl === undefined ? await watchRoom(options) : undefined;
  closing.add(() => room?.close());
  const answering = answeringStore(store, {
    isFull: () => room?.isFull ?? false,
    isDown: isStoreDown,
    onDown: (err) => {
      failures.inc();
      log.error({ err }, "the store is out of reach");
    },
  });
  return options.tracing ? tracedStore(answering) : answering;
}

function watchRoom({ dataDirectory, keepFreeBytes, clock, log, metrics }: ControlOptions) {
  const directory = dataDirectory;
  return Room.watch({
    ...{ directory, clock, log, metrics },
    keepFreeBytes: keepFreeBytes ?? KEEP_FREE_BYTES,
  });
}

/**
 * Builds all that stands on the store, from the relay's watchers to the listener. What it opens it
 * adds to `closing` at once: a start that fails half-way leaves nothing open.
 * @returns the base of the internal HTTP listener
 */
async function startOn(store: Store, options: ControlOptions, closing: Closing): Promise<string> {
  const { name, relay, clock, log } = options;
  const key = await (options.databaseUrl === undefined
    ? loadSigningKey(options.dataDirectory)
    : sharedSigningKey(store));
  refuseOtherKey(relay, name, key.verificationKey.kid);
  const directory = new SpaceDirectory(relay);
  const placement = new Placement(relay, { pairs: options.stagePairs ?? false });
  closing.add(() => placement.close());
  const listeners = new ListenerCounts(relay);
  closing.add(() => listeners.close());
  const handQueues = new HandQueues(relay, clock);
  closing.add(() => handQueues.close());
  const presence = new Presence(clock);
  const spaces = new Spaces({
    ahead: () => ahead,
    unsaved: () => unsaved,
    store,
    directory,
    listeners,
    placement,
    presence,
    handQueues,
    noticeBoard: new NoticeBoard(relay),
    hiddenNames: new HiddenNamesBoard(relay),
    relay,
    clock,
  });
  const journal = await openJournal({
    ...{ name, clock, log },
    directory: options.dataDirectory,
    metrics: options.metrics,
  });
  closing.add(() => journal.close());
  const deciders = new Deciders(relay, name);
  closing.add(() => deciders.close());
  const ahead = new AheadSpaces({
    ...{ name, deciders, relay, journal, clock, log },
    show: (record) => spaces.showUnstored(record),
    save: (id) => spaces.save(id),
  });
  closing.add(() => ahead.close());
  const save = (id: SpaceId) => spaces.change(id, noChange);
  const unsaved = new UnsavedChanges({ directory, relay, journal, clock, log, save });
  closing.add(() => unsaved.close());
  new Gauge({
    name: "rostra_control_unsaved_spaces",
    help: "Spaces that were changed without the store, and wait for it",
    registers: [options.metrics],
    collect() {
      this.set(unsaved.size + ahead.size);
    },
  });
  const caretaker = new Caretaker({ spaces, directory, presence, clock, log });
  closing.add(() => caretaker.close());
  // First who is there, then the spaces: nobody counts as away who is connected.
  closing.add(presence.follow(relay, (id) => caretaker.look(id)));
  spaces.onShow((id) => caretaker.look(id));
  const upkeep = new Upkeep({ spaces, directory, listeners, store, clock, log });
  closing.add(() => upkeep.close());
  relay.put(STATE_KEYS.verificationKey, key.verificationKey);
  // First what is ahead of the store: what is older is not shown over it.
  ahead.start();
  await replay({ journal, store, ahead, clock, log });
  await upkeep.start();
  const neighbours = new Neighbours({ spaces, directory, store, relay, clock, log });
  closing.add(() => neighbours.close());
  neighbours.start();
  unsaved.start();
  const rescue = new Rescue({ spaces, directory, placement, relay, clock, log });
  closing.add(() => rescue.close());
  const drains = new StageDrains({ spaces, directory, placement, relay, clock, log });
  closing.add(() => drains.close());

  const raids = new Raids(relay, clock);
  closing.add(() => raids.close());
  const fleet = new FleetAddresses(relay);
  closing.add(() => fleet.close());
  const app = await buildApi({
    log,
    isOurs: (address) => fleet.has(address),
    registry: options.metrics,
    tokens: new Tokens(key, clock),
    spaces,
    directory,
    listeners,
    presence,
    raids,
    blockLists: new BlockLists({ store, spaces, directory, clock }),
    publicUrl: options.publicUrl,
    tracing: options.tracing ?? false,
    rateLimits:
      options.rateLimits === "off" ? "off" : { ...DEFAULT_RATE_LIMITS, ...options.rateLimits },
  });
  closing.add(() => app.close());
  const url = await app.listen({ ...options.http, listenTextResolver: () => "control listens" });
  // Whoever sees the entry finds the spaces of this start in the state, too.
  await relay.flush();
  const service: Service = {
    role: "control",
    name,
    url,
    pid: process.pid,
    version: FLEET_VERSION,
    decides: true,
  };
  relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
  closing.add(() => withdraw(relay, name));
  return url;
}

/**
 * Tokens of one control would be worth nothing at the other: their stores are two.
 * @throws {ControlError} `other-key` while another control lives that signs with another key
 */
function refuseOtherKey(relay: Relay, name: string, kid: string): void {
  let shown: unknown;
  let other: string | undefined;
  relay.watch(STATE_KEYS.verificationKey, (_key, value) => {
    shown = value;
  })();
  relay.watch(STATE_KEYS.services, (_key, value) => {
    if (isService(value) && value.role === "control" && value.name !== name) other = value.name;
  })();
  if (other === undefined || !isObject(shown) || shown["kid"] === kid) return;
  throw new ControlError(
    "other-key",
    `${other} of this fleet signs tokens with another key: give both the same ROSTRA_DATABASE_URL, or this one another ROSTRA_FLEET`,
  );
}

/** Tells the edges to ask elsewhere, and waits for what they have sent already. */
async function withdraw(relay: Relay, name: string): Promise<void> {
  relay.put(STATE_KEYS.service(name), undefined);
  // Where the relay has gone there is nobody left to tell.
  await relay.flush().catch(() => {});
  await pause(LAST_CALLS_MS);
}
