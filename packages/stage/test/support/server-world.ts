import { memoryRelay, type Relay } from "@rostra/relay";
import { testMember, testSpace } from "@rostra/testkit";
import {
  isStageActivity,
  isStageTiming,
  newUserId,
  type ProgramFrame,
  type SpaceSnapshot,
  STATE_KEYS,
  type StageActivity,
  type StageTiming,
  systemClock,
  type UserId,
} from "@rostra/wire";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect } from "vitest";
import { createStage, type Stage, type StageOptions } from "../../src/index.ts";

export const PATIENCE = { timeout: 20_000, interval: 20 };
export const ADA = newUserId();
export const BEN = newUserId();
const KEYS = await generateKeyPair("EdDSA", { extractable: true });

export async function tokenOf(userId: UserId): Promise<string> {
  return new SignJWT({ use: "access", name: "Somebody" })
    .setProtectedHeader({ alg: "EdDSA" })
    .setSubject(userId)
    .setIssuer("rostra")
    .setExpirationTime("1h")
    .sign(KEYS.privateKey);
}

/** A real stage, and what the other processes of a server would do and see. */
export class ServerWorld {
  readonly #relays = memoryRelay();
  readonly #control: Relay = this.#relays.join();
  readonly frames: ProgramFrame[] = [];
  readonly state = new Map<string, unknown>();
  activity: StageActivity | undefined;
  /** What a second stage is told. */
  timing: StageTiming | undefined;
  snapshot: SpaceSnapshot;
  stage!: Stage;
  registry = new Registry();

  private constructor() {
    this.snapshot = testSpace({
      epochMs: systemClock.nowMs(),
      members: [testMember(ADA), testMember(BEN)],
    });
    const edge = this.#relays.join();
    edge.follow(this.snapshot.id, { take: (frames) => this.frames.push(...frames) });
    edge.watch("", (key, value) => this.state.set(key, value));
    this.#relays.join().hear(STATE_KEYS.timing(this.snapshot.id), (value) => {
      this.timing = isStageTiming(value) ? value : undefined;
    });
    edge.watch(STATE_KEYS.activities, (_key, value) => {
      this.activity = isStageActivity(value) ? value : undefined;
    });
  }

  static async open(): Promise<ServerWorld> {
    const world = new ServerWorld();
    world.#control.put(STATE_KEYS.verificationKey, await exportJWK(KEYS.publicKey));
    world.#control.put(STATE_KEYS.space(world.snapshot.id), world.snapshot);
    await world.startStage();
    return world;
  }

  async startStage(webrtc: Partial<StageOptions["webrtc"]> = {}): Promise<void> {
    this.registry = new Registry();
    this.stage = await createStage({
      name: "stage-1",
      relay: this.#relays.join(),
      clock: systemClock,
      log: pino({ level: "silent" }),
      metrics: this.registry,
      http: { host: "127.0.0.1", port: 0 },
      webrtc: { udpPort: 0, announcedAddresses: ["127.0.0.1"], ...webrtc },
    });
    await this.nextFrames(1);
  }

  update(change: Partial<SpaceSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change, revision: this.snapshot.revision + 1 };
    this.#control.put(STATE_KEYS.space(this.snapshot.id), this.snapshot);
  }

  /** More people on stage. */
  addCrowd(count: number): UserId[] {
    const crowd = Array.from({ length: count }, () => testMember());
    this.update({ members: [...this.snapshot.members, ...crowd] });
    return crowd.map(({ id }) => id);
  }

  mute(...muted: UserId[]): void {
    const { members } = this.snapshot;
    this.update({ members: members.map((one) => ({ ...one, muted: muted.includes(one.id) })) });
  }

  get whipUrl(): string {
    return `${this.stage.url}/api/v1/spaces/${this.snapshot.id}/whip`;
  }

  async post(body: string, userId = ADA): Promise<Response> {
    const headers = {
      "content-type": "application/sdp",
      authorization: `Bearer ${await tokenOf(userId)}`,
    };
    return fetch(this.whipUrl, { method: "POST", headers, body });
  }

  async metric(name: string): Promise<number | undefined> {
    const metric = await this.registry.getSingleMetric(`rostra_stage_${name}`)?.get();
    return metric?.values[0]?.value;
  }

  /** The next `count` frames that are published from now on. */
  async nextFrames(count: number): Promise<ProgramFrame[]> {
    const from = this.frames.length;
    await expect.poll(() => this.frames.length, PATIENCE).toBeGreaterThanOrEqual(from + count);
    return this.frames.slice(from, from + count);
  }
}
