import { memoryRelay } from "@rostra/relay";
import { loadOpus } from "@rostra/sound";
import { TEST_EPOCH_MS, VirtualClock } from "@rostra/testkit";
import type { SpaceId, SpaceSnapshot } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createStageMetrics } from "../../src/metrics.ts";
import { Programs } from "../../src/program/programs.ts";
import { Sessions } from "../../src/speaker/sessions.ts";
import { FakeTransport } from "./fake-transport.ts";
import { QUIET_HOLDING } from "./world.ts";

/** Sessions and programs as a stage has them, on a virtual clock and without WebRTC. */
export class SessionWorld {
  readonly clock = new VirtualClock(TEST_EPOCH_MS);
  readonly relays = memoryRelay();
  readonly relay = this.relays.join();
  readonly transport = new FakeTransport();
  readonly registry = new Registry();
  readonly spaces = new Map<SpaceId, SpaceSnapshot>();
  readonly programs: Programs;
  readonly sessions: Sessions;

  private constructor(parts: (world: SessionWorld) => [Programs, Sessions]) {
    [this.programs, this.sessions] = parts(this);
  }

  static async open(): Promise<SessionWorld> {
    const opus = await loadOpus();
    return new SessionWorld((world) => {
      const { clock, relay, transport } = world;
      const log = pino({ level: "silent" });
      const metrics = createStageMetrics(world.registry);
      const programs: Programs = new Programs("stage-1", opus, {
        relay,
        clock,
        log,
        metrics,
        holding: QUIET_HOLDING,
        speakersOf: (id) => world.sessions.speakersOf(id),
        sendFeeds: (number, feeds) => world.sessions.sendFeeds(number, feeds),
        dropSpeaker: (speaker, error) => world.sessions.drop(speaker, error),
      });
      const options = { opus, clock, log, metrics, transport, programs, spaces: world.spaces };
      return [programs, new Sessions(options)];
    });
  }

  /** A change of a space, as the stage takes it from the relay. */
  apply(snapshot: SpaceSnapshot): void {
    this.spaces.set(snapshot.id, snapshot);
    this.programs.apply(snapshot);
    this.sessions.enforce(snapshot.id);
  }

  async close(): Promise<void> {
    await this.sessions.close();
    this.programs.close();
  }
}
