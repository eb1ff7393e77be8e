import { setTimeout as pause } from "node:timers/promises";
import {
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from "@nats-io/transport-node";
import { RelayError } from "../errors.ts";
import type { Unsubscribe } from "../relay.ts";
import type { Bus, BusExtras, BusListener } from "./bus.ts";
import { NatsDialler } from "./nats-dialler.ts";
import type { NatsOptions } from "./nats-options.ts";
import { restReading } from "./nats-rest.ts";

/** Bytes said since the server last confirmed that it had taken all: with more, frames are lost. */
const CONGESTED_BYTES = 4 * 1024 * 1024;
/** The server is asked to confirm no more often than each so many bytes. */
const CONFIRM_BYTES = 64 * 1024;
const FIRST_CONNECT_MS = 5_000;
/** Before a server that no longer lets us in is asked again, ms. */
const REFUSED_MS = 2_000;

/**
 * Several NATS servers or clusters that know nothing of each other. All are tried for ever; it is
 * enough that one answers.
 * @throws {RelayError} `unreachable` where none does within five seconds
 */
export async function connectNats(paths: readonly NatsOptions[]): Promise<Bus[]> {
  const buses = paths.map((path) => new NatsBus(path));
  const first = Promise.any(buses.map((bus) => bus.connectedOnce));
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer")), FIRST_CONNECT_MS);
  try {
    await Promise.race([first, late]);
    return buses;
  } catch (cause) {
    for (const bus of buses) void bus.close();
    const where = buses.map(({ name }) => name).join(", ");
    throw new RelayError("unreachable", `no NATS server answers at ${where}: is one running?`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

interface Wanted {
  readonly subject: string;
  readonly listener: BusListener;
  readonly group: string | undefined;
  subscription: Subscription | undefined;
}

/** One NATS server or cluster: connected anew, by a connection of its own, whenever one is lost. */
class NatsBus implements Bus {
  readonly name: string;
  readonly connectedOnce: Promise<void>;
  readonly #wanted = new Set<Wanted>();
  readonly #connectedListeners: (() => void)[] = [];
  readonly #lostListeners: (() => void)[] = [];
  readonly #dialler: NatsDialler;
  /** While it stands. */
  #connection: NatsConnection | undefined;
  #isResting = false;
  /** The server hasn't answered the last ping, and the next is due. */
  #isOverdue = false;
  readonly #flushing = new Set<() => void>();
  #unconfirmedBytes = 0;
  #confirming = false;

  constructor(options: NatsOptions) {
    this.name = options.servers.map(withoutPassword).join(" ");
    this.#dialler = new NatsDialler(options);
    this.connectedOnce = this.#connect();
    this.connectedOnce.catch(() => this.#connectUntilLetIn());
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  get answers(): boolean {
    return this.connected && !this.#isOverdue;
  }

  get congested(): boolean {
    return this.#unconfirmedBytes > CONGESTED_BYTES;
  }

  publish(subject: string, bytes: Uint8Array, { answerTo, mark }: BusExtras = {}): void {
    const connection = this.#connection;
    // Between its end and our hearing of it, it would throw.
    if (connection === undefined || connection.isClosed()) return;
    connection.publish(subject, bytes, {
      ...(answerTo === undefined ? {} : { reply: answerTo }),
      ...(mark === undefined ? {} : { headers: markHeaders(mark) }),
    });
    this.#unconfirmedBytes += bytes.length;
    this.#confirm(connection);
  }

  subscribe(subject: string, listener: BusListener, group?: string): Unsubscribe {
    const wanted: Wanted = { subject, listener, group, subscription: undefined };
    this.#wanted.add(wanted);
    if (this.#connection !== undefined) this.#subscribe(this.#connection, wanted);
    return () => {
      this.#wanted.delete(wanted);
      wanted.subscription?.unsubscribe();
    };
  }

  rest(isResting: boolean): void {
    this.#isResting = isResting;
    if (!isResting) this.#rest(false);
    // What other servers have brought by now is read first: else one of them would never have its turn.
    else setImmediate(() => this.#isResting && this.#rest(true));
  }

  #rest(isResting: boolean): void {
    if (this.#connection !== undefined) restReading(this.#connection, isResting);
  }

  onConnected(listener: () => void): void {
    this.#connectedListeners.push(listener);
  }

  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  async flush(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#flushing.add(resolve);
    connection.flush().then(resolve, resolve);
    await promise;
    this.#flushing.delete(resolve);
  }

  async close(): Promise<void> {
    this.#dialler.stop();
    this.#wanted.clear();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    // What was said last, a goodbye, is to arrive; a server that is away is not waited for.
    await Promise.race([connection.flush(), new Promise((done) => setTimeout(done, 500))]).catch(
      () => {},
    );
    await connection.close();
  }

  async #connect(): Promise<void> {
    const connection = await this.#dialler.dial();
    if (connection === undefined) return;
    this.#connection = connection;
    this.#unconfirmedBytes = 0;
    this.#confirming = false;
    this.#isOverdue = false;
    for (const wanted of this.#wanted) this.#subscribe(connection, wanted);
    for (const listener of this.#connectedListeners) listener();
    void this.#untilLost(connection);
  }

  /**
   * Its client would go on with a dead link until that had taken all that waits; so whatever it
   * says of a loss, the connection is let go of at once.
   */
  async #untilLost(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      const { type } = status;
      if (type === "disconnect" || type === "staleConnection" || type === "close") break;
      if (type === "ping") this.#isOverdue = status.pendingPings > 1;
    }
    // We closed it ourselves.
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    connection.close().catch(() => {});
    for (const listener of this.#lostListeners) listener();
    // Its client forgets those who wait.
    for (const resolve of this.#flushing) resolve();
    await this.#connect().catch(() => this.#connectUntilLetIn());
  }

  /** Refused: its configuration may change, or its restart isn't through. */
  async #connectUntilLetIn(): Promise<void> {
    for (let isIn = false; !isIn; ) {
      await pause(REFUSED_MS);
      isIn = await this.#connect().then(
        () => true,
        () => false,
      );
    }
  }

  #subscribe(connection: NatsConnection, wanted: Wanted): void {
    wanted.subscription = connection.subscribe(wanted.subject, {
      ...(wanted.group === undefined ? {} : { queue: wanted.group }),
      callback: (error: Error | null, message: Msg) => {
        if (error !== null) return;
        const mark = message.headers && markOf(message.headers);
        wanted.listener(message.data, message.reply, lastWord(message.subject), mark);
      },
    });
  }

  /** One confirmation at a time: how much waits is known to within what came since the last. */
  #confirm(connection: NatsConnection): void {
    if (this.#confirming || this.#unconfirmedBytes < CONFIRM_BYTES) return;
    this.#confirming = true;
    const bytes = this.#unconfirmedBytes;
    const done = (taken: number) => {
      if (this.#connection !== connection) return;
      this.#confirming = false;
      this.#unconfirmedBytes = Math.max(0, this.#unconfirmedBytes - taken);
    };
    connection.flush().then(
      () => done(bytes),
      () => done(0),
    );
  }
}

/** A mark's words travel as headers of NATS: clients that ask for none never look at them. */
const MARK = "Rostra-Mark";
const SECOND_WORD = "Rostra-Mark-2";

function markHeaders(mark: string): MsgHdrs {
  const fields = headers();
  const [first, second] = mark.split(" ", 2);
  fields.set(MARK, first!);
  if (second !== undefined) fields.set(SECOND_WORD, second);
  return fields;
}

/** Empty where the headers hold none. */
function markOf(fields: MsgHdrs): string {
  const second = fields.get(SECOND_WORD);
  return second === "" ? fields.get(MARK) : `${fields.get(MARK)} ${second}`;
}

function lastWord(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}

function withoutPassword(server: string): string {
  return server.replace(/\/\/[^@/]*@/, "//");
}
