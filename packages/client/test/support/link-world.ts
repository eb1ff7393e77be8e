import { VirtualClock } from "@rostra/testkit";
import type { ListenTier } from "@rostra/wire";
import { vi } from "vitest";
import { LiveConnection } from "../../src/listener/connection/live-connection.ts";
import type { Room } from "../../src/listener/connection/room.ts";
import { FakeSocket, SPACE_ID } from "./fake-socket.ts";

const FRAME_MS = 20;
const HOME = `https://a.example.org/live/${SPACE_ID}`;

/** One live tier of `/listen`. */
export function place(host: string): ListenTier {
  const url = `https://${host}.example.org/live/${SPACE_ID}`;
  return { tier: "live", url, protocol: "websocket", spare: 9 };
}

/** What `/listen` says where there are edges at these hosts. */
export function roomAt(...hosts: string[]): Room {
  return { kind: "live", url: HOME, tiers: hosts.map(place) };
}

/** One listener's connection at edge a, with others beside it, on a clock that the test moves. */
export class LinkWorld {
  readonly clock = new VirtualClock();
  /** Links, and apart from them those that asked to wait. */
  readonly sockets: FakeSocket[] = [];
  readonly standbys: FakeSocket[] = [];
  readonly states: string[] = [];
  readonly frames: number[] = [];
  /** What was said of chunks' length after the welcome, ms. */
  readonly cadences: number[] = [];
  readonly connection: LiveConnection;
  /** 0 (inclusive) to 1 (exclusive): each draw comes to this. */
  random = 0;
  room: Room = roomAt("a", "b");
  /** How often it was asked where there is room. */
  asked = 0;
  /** Number of the first frame of the chunk that comes next. */
  next = 0;
  online: () => void = () => {};

  constructor() {
    this.connection = new LiveConnection(
      {
        clock: this.clock,
        random: () => this.random,
        openSocket: (url, events) => {
          const opened = new FakeSocket(url, events);
          (url.endsWith("?standby=1") ? this.standbys : this.sockets).push(opened);
          return {
            send: (message) => opened.said.push(message),
            close: (code) => {
              [opened.closed, opened.code] = [true, code];
            },
          };
        },
        askRefusal: async () => ({ kind: "none" }),
        findRoom: async () => {
          this.asked += 1;
          return this.room;
        },
        onOnline: (callback) => {
          this.online = callback;
          return () => {};
        },
      },
      { origin: "https://a.example.org", spaceId: SPACE_ID },
      {
        event: (event) => {
          if (event.type === "cadence") this.cadences.push(event.cadenceMs);
        },
        frames: (came) => this.frames.push(...came.map(({ number }) => number)),
        state: (state) => this.states.push(state),
        crowded: () => {},
      },
    );
  }

  chunk(socket: FakeSocket, cadenceMs = 100): void {
    const numbers = Array.from({ length: cadenceMs / FRAME_MS }, () => this.next++);
    socket.chunk(...numbers);
  }

  /** Chunks come in time, for so long. */
  flow(socket: FakeSocket, ms: number, cadenceMs = 100): void {
    for (let passed = 0; passed < ms; passed += cadenceMs) {
      this.clock.advance(cadenceMs);
      this.chunk(socket, cadenceMs);
    }
  }

  /** The numbers of the last frames that there were, so long together. */
  lately(ms: number): number[] {
    const count = ms / FRAME_MS;
    return Array.from({ length: count }, (_, at) => this.next - count + at);
  }

  /**
   * Chunks of 100 ms come by two links for so long.
   * @param behindMs how late the second's are, by how much of it has passed, ms; less than 100
   */
  flowByBoth(
    first: FakeSocket,
    second: FakeSocket,
    ms: number,
    behindMs: (passedMs: number) => number = () => 0,
  ): void {
    let lateMs = 0;
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      this.clock.advance(100 - lateMs);
      this.chunk(first);
      lateMs = behindMs(passedMs);
      this.clock.advance(lateMs);
      second.chunk(...this.lately(100));
    }
    this.clock.advance(lateMs === 0 ? 0 : 100 - lateMs);
  }

  /** What was fetched meanwhile is here. */
  async settled(): Promise<void> {
    await vi.dynamicImportSettled();
    for (let turn = 0; turn < 10; turn += 1) await null;
  }

  /** Sound flows at the first edge, and what is needed without it has come. */
  async listening(): Promise<FakeSocket> {
    this.connection.setSound(true);
    this.connection.open();
    const [first] = this.sockets;
    first!.welcome();
    this.flow(first!, 3_000);
    await this.settled();
    this.flow(first!, 3_000);
    return first!;
  }
}
