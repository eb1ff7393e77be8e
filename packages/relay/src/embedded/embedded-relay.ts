import { connect, type Socket } from "node:net";
import type { FrameSource, ProgramFrame, SpaceId } from "@rostra/wire";
import { RelayError } from "../errors.ts";
import { Followers } from "../followers.ts";
import { Hearers } from "../hearers.ts";
import {
  type FramesFollower,
  ONLY_STAGE,
  type Relay,
  type StateListener,
  type StateValue,
  type TopicListener,
  type Unsubscribe,
} from "../relay.ts";
import { StateReplica } from "../state-replica.ts";
import { encodeRelayMessage, type RelayMessage, RelayMessageParser } from "./message.ts";
import { TurnWriter } from "./turn-writer.ts";

/** Bytes waiting for the hub beyond which frames are dropped rather than delayed. */
const FRAMES_BACKLOG_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 5_000;
/** Requests that may wait for an answer at once. */
const MAX_REQUESTS = 256;

/**
 * Joins the hub of this machine.
 * @param path as given to `serveRelayHub`
 * @returns a relay that already holds the whole shared state
 * @throws {RelayError} `unreachable`
 */
export async function connectRelay(path: string): Promise<Relay> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (cause) => {
      reject(new RelayError("unreachable", `no relay answers at ${path}`, { cause }));
    });
  });
  const relay = new EmbeddedRelay(socket);
  await relay.synced;
  return relay;
}

type Answer = Extract<RelayMessage, { kind: "history" | "latest" | "flushed" }>;

class EmbeddedRelay implements Relay {
  readonly closed: Promise<void>;
  readonly synced: Promise<void>;
  readonly #socket: Socket;
  readonly #writer: TurnWriter;
  readonly #parser = new RelayMessageParser();
  readonly #replica = new StateReplica();
  readonly #followers = new Followers({
    onFirst: (spaceId) => this.#send({ kind: "follow", spaceId }),
    onNone: (spaceId) => this.#send({ kind: "unfollow", spaceId }),
  });
  readonly #hearers = new Hearers({
    onFirst: (topic) => this.#send({ kind: "hear", topic }),
    onNone: (topic) => this.#send({ kind: "unhear", topic }),
  });
  readonly #requests = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: RelayError) => void }
  >();
  readonly #resolveSynced: () => void;
  #nextRequest = 1;

  constructor(socket: Socket) {
    const synced = Promise.withResolvers<void>();
    this.synced = synced.promise;
    this.#resolveSynced = synced.resolve;
    this.#socket = socket;
    this.#writer = new TurnWriter(socket);
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#end();
        resolve();
      });
    });
  }

  publishFrames(
    spaceId: SpaceId,
    frames: readonly ProgramFrame[],
    source: FrameSource = ONLY_STAGE,
  ): void {
    if (this.#socket.destroyed || this.#socket.writableLength > FRAMES_BACKLOG_BYTES) return;
    if (source.term === 0 && !source.second) this.#send({ kind: "frames", spaceId, frames });
    else this.#send({ kind: "frames-of", spaceId, source, frames });
  }

  follow(spaceId: SpaceId, follower: FramesFollower): Unsubscribe {
    return this.#followers.add(spaceId, follower);
  }

  gatherFrames(withinMs: number, phase: number): void {
    this.#send({ kind: "gather", withinMs, phase });
  }

  async history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]> {
    const answer = await this.#ask((request) => ({
      kind: "history-request",
      request,
      spaceId,
      from,
      to,
    }));
    return answer.kind === "history" ? [...answer.frames] : [];
  }

  async latestFrame(spaceId: SpaceId): Promise<number | undefined> {
    const answer = await this.#ask((request) => ({ kind: "latest-request", request, spaceId }));
    return answer.kind === "latest" ? answer.number : undefined;
  }

  put(key: string, value: StateValue | undefined, options?: { ephemeral?: boolean }): void {
    this.#send({ kind: "state", key, value, ephemeral: options?.ephemeral ?? false });
  }

  watch(prefix: string, listener: StateListener): Unsubscribe {
    return this.#replica.watch(prefix, listener);
  }

  tell(topic: string, value: StateValue): void {
    this.#send({ kind: "tell", topic, value });
  }

  hear(topic: string, listener: TopicListener): Unsubscribe {
    return this.#hearers.add(topic, listener);
  }

  /** Without the hub there is no relay, and no process that could go on. */
  onReach(listener: (isReachable: boolean) => void): Unsubscribe {
    listener(true);
    return () => {};
  }

  async flush(): Promise<void> {
    await this.#ask((request) => ({ kind: "flush-request", request }));
  }

  async close(): Promise<void> {
    this.#socket.end();
    this.#socket.destroySoon();
    await this.closed;
  }

  #send(message: RelayMessage): void {
    this.#writer.write(encodeRelayMessage(message));
  }

  async #ask(build: (request: number) => RelayMessage): Promise<Answer> {
    if (this.#socket.destroyed) throw new RelayError("closed", "the relay is closed");
    if (this.#requests.size >= MAX_REQUESTS) {
      throw new RelayError("timeout", "too many questions wait for the relay");
    }
    const request = this.#nextRequest;
    this.#nextRequest = (this.#nextRequest + 1) >>> 0;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#requests.set(request, { resolve, reject });
    const timer = setTimeout(() => {
      reject(new RelayError("timeout", "the relay did not answer"));
    }, REQUEST_TIMEOUT_MS);
    this.#send(build(request));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#requests.delete(request);
    }
  }

  #receive(bytes: Buffer): void {
    let messages: RelayMessage[];
    try {
      messages = this.#parser.push(bytes);
    } catch {
      this.#socket.destroy();
      return;
    }
    for (const message of messages) this.#take(message);
  }

  #take(message: RelayMessage): void {
    switch (message.kind) {
      case "frames":
        this.#followers.hand(message.spaceId, message.frames);
        return;
      case "state":
        this.#replica.apply(message.key, message.value);
        return;
      case "tell":
        this.#hearers.hand(message.topic, message.value);
        return;
      case "synced":
        this.#resolveSynced();
        return;
      case "history":
      case "latest":
      case "flushed":
        this.#requests.get(message.request)?.resolve(message);
        return;
      default:
        this.#socket.destroy();
    }
  }

  #end(): void {
    this.#resolveSynced();
    for (const { reject } of this.#requests.values()) {
      reject(new RelayError("closed", "the relay has closed"));
    }
    this.#requests.clear();
    this.#followers.clear();
    this.#hearers.clear();
    this.#replica.clear();
  }
}
