import { type ProgramFrame, type SpaceId, systemClock } from "@rostra/wire";
import { findRoomWith } from "../../src/listener/connection/find-room.ts";
import { LiveConnection } from "../../src/listener/connection/live-connection.ts";
import { askRefusalWith } from "../../src/listener/connection/refusal.ts";
import type { Ear } from "./ear.ts";
import { openNodeSocket } from "./node-socket.ts";

/** What a listener has to say at the end. */
export interface Account {
  readonly frames: number;
  readonly missing: number;
  /** Came again, or after a later one. */
  readonly repeated: number;
  readonly drops: number;
  /** Connections that were tried, the first one included. */
  readonly attempts: number;
  /** From the latest drop until an edge answers, ms; null where none did. */
  readonly answeredAfterMs: number | null;
  /** From the latest drop until the next new frame, ms; null where there was none. */
  readonly backAfterMs: number | null;
  /** Of the sample: what was played; null for the others. */
  readonly ear: {
    readonly frames: number;
    readonly wrong: number;
    readonly lost: number;
    readonly behindMs: number;
  } | null;
}

/** A listener by the SDK's own connection, counting by number. */
export class CountingListener {
  readonly #connection: LiveConnection;
  readonly #ear: Ear | undefined;
  #frames = 0;
  #last: number | null = null;
  #missing = 0;
  #repeated = 0;
  #drops = 0;
  #attempts = 0;
  #droppedAtMs: number | null = null;
  #answeredAfterMs: number | null = null;
  #backAfterMs: number | null = null;

  constructor(target: { origin: string; spaceId: SpaceId }, address: string, ear?: Ear) {
    this.#ear = ear;
    const openSocket = openNodeSocket(address);
    this.#connection = new LiveConnection(
      {
        clock: systemClock,
        random: Math.random,
        openSocket: (url, events) => {
          this.#attempts += 1;
          return openSocket(url, events);
        },
        askRefusal: askRefusalWith(fetch),
        findRoom: findRoomWith(fetch, () => false),
        onOnline: () => () => {},
      },
      target,
      {
        event: (event) => {
          if (event.type === "welcome") ear?.setCadence(event.cadenceMs);
          if (event.type === "cadence") ear?.setCadence(event.cadenceMs, event.fromFrame);
        },
        frames: (frames, live) => this.#take(frames, live),
        crowded: () => {},
        state: (state) => {
          if (state === "open" && this.#droppedAtMs !== null) {
            this.#answeredAfterMs = systemClock.nowMs() - this.#droppedAtMs;
          }
          if (state !== "reconnecting") return;
          this.#drops += 1;
          this.#droppedAtMs = systemClock.nowMs();
        },
      },
    );
    this.#connection.setSound(true);
    this.#connection.open();
  }

  get isListening(): boolean {
    return this.#frames > 0 && this.#droppedAtMs === null;
  }

  account(): Account {
    const ear = this.#ear;
    return {
      frames: this.#frames,
      missing: this.#missing,
      repeated: this.#repeated,
      drops: this.#drops,
      attempts: this.#attempts,
      answeredAfterMs: this.#answeredAfterMs,
      backAfterMs: this.#backAfterMs,
      ear:
        ear === undefined
          ? null
          : {
              frames: ear.played.length,
              wrong: ear.wrongSteps,
              lost: ear.lostFrames,
              behindMs: ear.behindMs,
            },
    };
  }

  close(): void {
    this.#connection.close();
    this.#ear?.close();
  }

  #take(frames: readonly ProgramFrame[], live: boolean): void {
    this.#ear?.push(frames, live);
    for (const { number } of frames) {
      this.#frames += 1;
      if (this.#last !== null && number <= this.#last) this.#repeated += 1;
      else if (this.#last !== null) this.#missing += number - this.#last - 1;
      this.#last = Math.max(this.#last ?? 0, number);
    }
    if (this.#droppedAtMs === null) return;
    this.#backAfterMs = systemClock.nowMs() - this.#droppedAtMs;
    this.#droppedAtMs = null;
  }
}
