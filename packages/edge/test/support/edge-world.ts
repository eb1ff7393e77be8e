import { setTimeout as nextTimer } from "node:timers/promises";
import { type MemoryRelayWorld, memoryRelay, type Relay } from "@rostra/relay";
import { testMember, testSpace, VirtualClock } from "@rostra/testkit";
import {
  type Clock,
  frameNumberAt,
  newUserId,
  type ProgramFrame,
  type SpaceSnapshot,
  STATE_KEYS,
} from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { createEdge, type Edge, type EdgeOptions } from "../../src/index.ts";

const TICK_MS = 20;
/** A whole 20 ms packet as far as anyone looks who doesn't decode: full-band CELT, and the number. */
export function frameOf(number: number): ProgramFrame {
  const packet = new Uint8Array(40);
  packet[0] = 0xf8;
  new DataView(packet.buffer).setUint32(1, number);
  return { number, packet, holding: false };
}

/** A frame that is neither lost nor filled in. */
export function isFromStage(frame: ProgramFrame): boolean {
  return Buffer.from(frame.packet).equals(frameOf(frame.number).packet) && !frame.holding;
}

/**
 * Real edges with real sockets, around a relay in memory and a clock that moves when told to; the
 * stage is a few lines that publish numbered frames.
 */
export class EdgeWorld {
  readonly clock = new VirtualClock();
  readonly relays: MemoryRelayWorld = memoryRelay(this.clock);
  /** The stage's and control's place on the relay. */
  readonly backstage: Relay = this.relays.join();
  readonly edges: Edge[] = [];
  space: SpaceSnapshot;
  /** False while the stage is away. */
  onAir = true;
  /** What the stage says at a number. */
  frameAt: (number: number) => ProgramFrame = frameOf;
  #nextFrame = 0;

  constructor() {
    const host = testMember(newUserId(), { role: "host" });
    this.space = testSpace({
      title: "Evening talk",
      epochMs: this.clock.nowMs() - 60_000,
      members: [host],
      liveAtMs: this.clock.nowMs() - 60_000,
    });
    this.#nextFrame = this.currentFrame;
    this.announce("stage", "http://127.0.0.1:9");
    this.putSpace({});
  }

  /** A world with one edge that has been on air for two seconds. */
  static async onAir(options: Partial<EdgeOptions> = {}): Promise<EdgeWorld> {
    const world = new EdgeWorld();
    await world.openEdge(options);
    await world.pass(2_000);
    return world;
  }

  /** The frame that is being spoken now. */
  get currentFrame(): number {
    return frameNumberAt(this.space.epochMs, this.clock.nowMs());
  }

  get port(): number {
    return this.edges[0]!.port;
  }

  get path(): string {
    return `/live/${this.space.id}`;
  }

  url(path = "", port = this.port): string {
    return `http://127.0.0.1:${port}${this.path}${path}`;
  }

  async openEdge(options: Partial<EdgeOptions> = {}): Promise<Edge> {
    const clock: Clock = this.clock;
    const edge = await createEdge({
      name: `edge-${this.edges.length + 1}`,
      relay: this.relays.join(),
      clock,
      log: pino({ level: "silent" }),
      metrics: new Registry(),
      http: { host: "127.0.0.1", port: 0 },
      siteDirectory: null,
      // How busy the machine that runs the tests is must not matter.
      pace: { utilisation: () => 0, machine: () => 0 },
      pressure: () => ({ utilisation: 0, memory: 0, lateMs: 0 }),
      ...options,
    });
    this.edges.push(edge);
    return edge;
  }

  announce(role: "stage" | "control", url: string, name = `${role}-1`): void {
    const service = { role, name, url, pid: 1 };
    this.backstage.put(STATE_KEYS.service(name), service, { ephemeral: true });
  }

  putSpace(changes: Partial<SpaceSnapshot>): void {
    this.space = { ...this.space, ...changes, revision: this.space.revision + 1 };
    this.backstage.put(STATE_KEYS.space(this.space.id), this.space);
  }

  /** Time passes, frame by frame, with a turn of the real event loop after each. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      await this.clock.advanceSettling(TICK_MS, TICK_MS);
      for (; this.#nextFrame < this.currentFrame; this.#nextFrame += 1) {
        if (!this.onAir) continue;
        this.backstage.publishFrames(this.space.id, [this.frameAt(this.#nextFrame)]);
      }
    }
  }

  /** Lets time pass as it does outside, until the function that is returned is called. */
  passInRealTime(): () => Promise<void> {
    const startMs = performance.now() - this.clock.nowMs();
    let running = true;
    const run = async () => {
      while (running) {
        const behindMs = performance.now() - startMs - this.clock.nowMs();
        if (behindMs >= TICK_MS) await this.pass(TICK_MS);
        else await nextTimer(TICK_MS - behindMs);
      }
    };
    const stopped = run();
    return async () => {
      running = false;
      await stopped;
    };
  }

  /** Passes time until `done`, at most a virtual minute. */
  async passUntil(done: () => boolean): Promise<void> {
    for (let passed = 0; passed < 60_000 && !done(); passed += 100) await this.pass(100);
  }

  async close(): Promise<void> {
    const closing = this.edges.map((edge) => edge.close());
    // What edges wait for at their end, they wait for on this clock.
    await this.clock.advanceSettling(3_000, 500);
    await Promise.all(closing);
    await this.backstage.close();
  }
}
