import {
  connect,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from "@nats-io/transport-node";
import { RelayError } from "../errors.ts";
import type { Unsubscribe } from "../relay.ts";
import type { Bus, BusExtras, BusListener } from "./bus.ts";
import { type NatsOptions, natsCredentials } from "./nats-options.ts";

/** Bytes said since the server last confirmed that it had taken all: with more, frames are lost. */
const CONGESTED_BYTES = 4 * 1024 * 1024;
/** The server is asked to confirm no more often than each so many bytes. */
const CONFIRM_BYTES = 64 * 1024;
const RECONNECT_MS = 200;
/** A server that is silent for two of these is given up: the link may be cut one way only. */
const PING_MS = 1_000;
const FIRST_CONNECT_MS = 5_000;

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

/** One NATS server or cluster. NATS's own client reconnects; until the first time we wait for it. */
class NatsBus implements Bus {
  readonly name: string;
  readonly connectedOnce: Promise<void>;
  readonly #wanted = new Set<Wanted>();
  readonly #connectedListeners: (() => void)[] = [];
  #connection: NatsConnection | undefined;
  #connected = false;
  #closed = false;
  #unconfirmedBytes = 0;
  #confirming = false;

  constructor(options: NatsOptions) {
    this.name = options.servers.map(withoutPassword).join(" ");
    this.connectedOnce = this.#connect(options);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get congested(): boolean {
    return this.#unconfirmedBytes > CONGESTED_BYTES;
  }

  publish(subject: string, bytes: Uint8Array, { answerTo, mark }: BusExtras = {}): void {
    // While it's away the client would keep everything, without a bound.
    if (!this.#connected || this.#connection === undefined) return;
    this.#connection.publish(subject, bytes, {
      ...(answerTo === undefined ? {} : { reply: answerTo }),
      ...(mark === undefined ? {} : { headers: markHeaders(mark) }),
    });
    this.#unconfirmedBytes += bytes.length;
    this.#confirm(this.#connection);
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

  onConnected(listener: () => void): void {
    this.#connectedListeners.push(listener);
  }

  async flush(): Promise<void> {
    if (this.#connected) await this.#connection?.flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connected = false;
    this.#wanted.clear();
    const connection = this.#connection;
    if (connection === undefined || connection.isClosed()) return;
    // What was said last, a goodbye, is to arrive; a server that is away is not waited for.
    await Promise.race([connection.flush(), new Promise((done) => setTimeout(done, 500))]).catch(
      () => {},
    );
    await connection.close();
  }

  async #connect(options: NatsOptions): Promise<void> {
    const connection = await connect({
      servers: [...options.servers],
      ...natsCredentials(options),
      // What we say we know.
      noEcho: true,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
    });
    if (this.#closed) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    for (const wanted of this.#wanted) this.#subscribe(connection, wanted);
    this.#nowConnected();
    void this.#followStatus(connection);
  }

  async #followStatus(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") this.#connected = false;
      else if (type === "reconnect" && !this.#closed) this.#nowConnected();
    }
  }

  #nowConnected(): void {
    this.#connected = true;
    this.#unconfirmedBytes = 0;
    for (const listener of this.#connectedListeners) listener();
  }

  #subscribe(connection: NatsConnection, wanted: Wanted): void {
    wanted.subscription = connection.subscribe(wanted.subject, {
      ...(wanted.group === undefined ? {} : { queue: wanted.group }),
      callback: (error: Error | null, message: Msg) => {
        if (error !== null) return;
        const mark = message.headers?.get(MARK);
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
      this.#confirming = false;
      this.#unconfirmedBytes = Math.max(0, this.#unconfirmedBytes - taken);
    };
    connection.flush().then(
      () => done(bytes),
      () => done(0),
    );
  }
}

/** A mark travels as a header of NATS: clients that ask for none never look at it. */
const MARK = "Rostra-Mark";

function markHeaders(mark: string): MsgHdrs {
  const fields = headers();
  fields.set(MARK, mark);
  return fields;
}

function lastWord(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}

function withoutPassword(server: string): string {
  return server.replace(/\/\/[^@/]*@/, "//");
}
