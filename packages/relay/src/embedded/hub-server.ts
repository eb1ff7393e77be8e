import { createServer, type Server, type Socket } from "node:net";
import { type ProgramFrame, type SpaceId, systemClock } from "@rostra/wire";
import { RelayError } from "../errors.ts";
import { type HubPeer, RelayHub } from "../hub.ts";
import type { StateValue } from "../relay.ts";
import { ONLY_STAGE } from "../relay.ts";
import { type Departure, FrameGatherer } from "./frame-gatherer.ts";
import { encodeRelayMessage, type RelayMessage, RelayMessageParser } from "./message.ts";
import { TurnWriter } from "./turn-writer.ts";

/** Bytes waiting for a process beyond which its frames are dropped: it reads them by history. */
const FRAMES_BACKLOG_BYTES = 4 * 1024 * 1024;
/** Bytes waiting beyond which a process is given up: it no longer reads at all. */
const PEER_BACKLOG_BYTES = 32 * 1024 * 1024;

export interface RelayHubServer {
  readonly hub: RelayHub;
  close(): Promise<void>;
}

/**
 * Serves the hub to the other processes of this machine over a local socket.
 * @param path of a Unix socket (or a Windows pipe); its folder must let in nobody else
 * @throws {RelayError} `unreachable` where the socket can't be made
 */
export async function serveRelayHub(path: string): Promise<RelayHubServer> {
  const hub = new RelayHub();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    new SocketPeer(hub, socket).start();
  });
  await listen(server, path);
  return {
    hub,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      hub.close();
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new RelayError("unreachable", `the relay can't listen at ${path}`, { cause }));
    });
    server.listen(path, resolve);
  });
}

class SocketPeer implements HubPeer {
  readonly #hub: RelayHub;
  readonly #socket: Socket;
  readonly #writer: TurnWriter;
  readonly #parser = new RelayMessageParser();
  readonly #gatherer: FrameGatherer;

  constructor(hub: RelayHub, socket: Socket) {
    this.#hub = hub;
    this.#socket = socket;
    this.#writer = new TurnWriter(socket);
    this.#gatherer = new FrameGatherer({
      clock: systemClock,
      onDeparture: (departure) => this.#sendGathered(departure),
    });
  }

  start(): void {
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes) => this.#receive(bytes));
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("close", () => {
      this.#hub.leave(this);
      this.#gatherer.close();
    });
    this.#hub.join(this);
    this.#send({ kind: "synced" });
  }

  frames(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    this.#gatherer.add(spaceId, frames);
  }

  state(key: string, value: StateValue | undefined): void {
    const word = encodeRelayMessage({ kind: "state", key, value, ephemeral: false });
    this.#gatherer.say(word);
  }

  told(topic: string, value: StateValue): void {
    this.#gatherer.say(encodeRelayMessage({ kind: "tell", topic, value }));
  }

  #sendGathered({ words, frames: bySpace }: Departure): void {
    for (const word of words) this.#write(word);
    for (const [spaceId, frames] of bySpace) {
      if (this.#socket.writableLength > FRAMES_BACKLOG_BYTES) return;
      this.#write(encodeRelayMessage({ kind: "frames", spaceId, frames }));
    }
  }

  /** Answers wait for nothing, and overtake nothing: what was said before them goes first. */
  #send(message: RelayMessage): void {
    this.#gatherer.flush();
    this.#write(encodeRelayMessage(message));
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    this.#writer.write(bytes);
    if (this.#socket.writableLength > PEER_BACKLOG_BYTES) this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    try {
      for (const message of this.#parser.push(bytes)) this.#take(message);
    } catch {
      this.#socket.destroy();
    }
  }

  #take(message: RelayMessage): void {
    switch (message.kind) {
      case "frames":
        this.#hub.publishFrames(this, message.spaceId, message.frames, ONLY_STAGE);
        return;
      case "frames-of":
        this.#hub.publishFrames(this, message.spaceId, message.frames, message.source);
        return;
      case "state":
        this.#hub.put(this, message.key, message.value, message.ephemeral);
        return;
      case "follow":
        this.#hub.follow(this, message.spaceId);
        return;
      case "unfollow":
        this.#hub.unfollow(this, message.spaceId);
        return;
      case "tell":
        this.#hub.tell(this, message.topic, message.value);
        return;
      case "hear":
        this.#hub.hear(this, message.topic);
        return;
      case "unhear":
        this.#hub.unhear(this, message.topic);
        return;
      case "gather":
        this.#gatherer.gathering = message;
        return;
      case "history-request": {
        const frames = this.#hub.history(message.spaceId, message.from, message.to);
        this.#send({ kind: "history", request: message.request, frames });
        return;
      }
      case "latest-request": {
        const number = this.#hub.latestFrame(message.spaceId);
        this.#send({ kind: "latest", request: message.request, number });
        return;
      }
      case "flush-request":
        this.#send({ kind: "flushed", request: message.request });
        return;
      default:
        throw new RelayError("bad-message", `'${message.kind}' is the hub's to say`);
    }
  }
}
