import type { Cancel, Clock, RostraError } from "@rostra/wire";
import { UplinkError } from "../errors.ts";
import type { Unsubscribe } from "../observable.ts";
import { asUplinkError, judgeFailure } from "./failure.ts";
import { FLOWING_MS, LinkWatch } from "./link-watch.ts";
import type { OpenPeer, PeerSample, StagePeer } from "./peer.ts";
import type { OpenStageLink } from "./stage-link.ts";
import type { UplinkConnection } from "./state.ts";

/** The world as the uplink sees it; tests bring a virtual one. */
export interface UplinkPlatform {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly openPeer: OpenPeer;
  /** Opens a stage socket. */
  readonly openLink: OpenStageLink;
  /** Calls back when the network is said to be there again. */
  readonly onOnline: (callback: () => void) => Unsubscribe;
}

/** What the room says about us. */
export interface RoomView {
  /** False while the stage's process is away. */
  readonly stageUp: boolean;
  /** Whether the stage has a working connection of ours. */
  readonly connected: boolean;
}

export interface StageConnectionOptions {
  readonly whipUrl: string;
  readonly token: () => Promise<string>;
  /** What to send; asked anew for each connection. */
  readonly track: () => MediaStreamTrack;
  readonly stateChanged: (state: UplinkConnection, error: RostraError | null) => void;
  readonly streamChanged: (stream: MediaStream) => void;
  readonly sampled: (sample: PeerSample) => void;
}

/** Few speak, and they are on air: no crowd to spread out, every half second counts. */
const RETRY_MS = [0, 200, 500, 1_000, 2_000];
const SAMPLE_MS = 250;
/** A refusal that may pass is believed after this many. */
const BELIEVED_REFUSALS = 5;
/** The room's word travels another way than the connection's: what they say may cross. */
const ROOM_LAG_MS = 700;

/** Keeps one connection to the stage alive, by whatever tells first that it is gone. */
export class StageConnection {
  readonly #platform: UplinkPlatform;
  readonly #options: StageConnectionOptions;
  readonly #stopOnline: Unsubscribe;
  #state: UplinkConnection = "idle";
  #peer: StagePeer | null = null;
  #watch = new LinkWatch();
  /** Counts connections asked for: what belongs to an older one is let go. */
  #attempt = 0;
  #failures = 0;
  #refusals = 0;
  #room: RoomView | null = null;
  /** The room has named us since this connection stands. */
  #seenInRoom = false;
  #sampling = false;
  #cancelRetry: Cancel = () => {};
  #cancelSample: Cancel = () => {};
  #cancelDoubt: Cancel = () => {};
  #cancelProof: Cancel = () => {};

  constructor(platform: UplinkPlatform, options: StageConnectionOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#stopOnline = platform.onOnline(() => {
      if (this.#isWanted()) this.#reconnect();
    });
  }

  start(): void {
    if (this.#state !== "idle") return;
    this.#become("connecting", null);
    void this.#connect();
  }

  /** @param error null where the person left by their own wish */
  stop(error: RostraError | null): void {
    this.#stopOnline();
    // Where the server ended it, there is no session left to take leave of.
    if (error === null) void this.#peer?.leave();
    else this.#peer?.close();
    this.#drop();
    if (this.#state !== "closed" && this.#state !== "failed") this.#become("closed", error);
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#peer?.replaceTrack(track);
  }

  onRoom(room: RoomView): void {
    const before = this.#room;
    this.#room = room;
    if (!this.#isWanted()) return;
    const cameBack = before !== null && !before.stageUp && room.stageUp;
    if (cameBack && !this.#isFlowing()) {
      this.#reconnect();
      return;
    }
    if (cameBack) this.#proveSoon();
    if (this.#state !== "connected") return;
    if (room.connected) {
      this.#seenInRoom = true;
      this.#cancelDoubt();
    } else if (this.#seenInRoom && room.stageUp) {
      this.#seenInRoom = false;
      this.#doubt();
    }
  }

  /**
   * The stage is said to be another one already, but packets came a moment ago: either the word is
   * wrong, or the last of the old stage's. More packets, or none, tell which.
   */
  #proveSoon(): void {
    this.#cancelProof();
    this.#cancelProof = this.#platform.clock.after(FLOWING_MS, () => {
      if (!this.#isFlowing()) this.#reconnect();
    });
  }

  #isWanted(): boolean {
    return ["connecting", "connected", "reconnecting"].includes(this.#state);
  }

  #isFlowing(): boolean {
    return this.#peer !== null && this.#watch.isFlowing(this.#platform.clock.nowMs());
  }

  #become(state: UplinkConnection, error: RostraError | null): void {
    this.#state = state;
    this.#options.stateChanged(state, error);
  }

  /** Forgets what there is, attempts under way too; the peer must have been ended before. */
  #drop(): void {
    this.#attempt += 1;
    this.#cancelRetry();
    this.#cancelSample();
    this.#cancelDoubt();
    this.#cancelProof();
    this.#peer = null;
  }

  #reconnect(): void {
    // Without a goodbye: the stage lets go of the old connection once the new one stands.
    this.#peer?.close();
    this.#drop();
    if (this.#state === "connected") this.#become("reconnecting", null);
    void this.#connect();
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    const attempt = this.#attempt;
    try {
      const peer = await this.#platform.openPeer({
        track: this.#options.track(),
        whipUrl: this.#options.whipUrl,
        token: this.#options.token,
        changed: () => {
          if (attempt === this.#attempt) void this.#sample();
        },
      });
      if (attempt === this.#attempt) this.#onConnected(peer);
      else void peer.leave();
    } catch (error) {
      if (attempt === this.#attempt) this.#onFailure(error);
    }
  }

  #onConnected(peer: StagePeer): void {
    this.#peer = peer;
    this.#watch = new LinkWatch();
    // A look at the one before may never come back.
    this.#sampling = false;
    this.#failures = 0;
    this.#refusals = 0;
    this.#seenInRoom = false;
    // The microphone may have been changed while the connection was made.
    peer.replaceTrack(this.#options.track()).catch(() => {});
    this.#options.streamChanged(peer.stream);
    this.#become("connected", null);
    this.#sampleSoon();
  }

  #onFailure(error: unknown): void {
    const kind = judgeFailure(error);
    this.#refusals = kind === "final-if-it-stays" ? this.#refusals + 1 : 0;
    if (kind === "final" || this.#refusals >= BELIEVED_REFUSALS) {
      this.#drop();
      this.#stopOnline();
      this.#become("failed", asUplinkError(error));
      return;
    }
    this.#failures += 1;
    const stepMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
    const delayMs = stepMs * (0.8 + 0.4 * this.#platform.random());
    this.#become(this.#state, asUplinkError(error));
    this.#cancelRetry = this.#platform.clock.after(delayMs, () => void this.#connect());
  }

  #sampleSoon(): void {
    this.#cancelSample();
    this.#cancelSample = this.#platform.clock.after(SAMPLE_MS, () => void this.#sample());
  }

  /** Never rejects: what can't be looked at is judged by the next look. */
  async #sample(): Promise<void> {
    const peer = this.#peer;
    if (peer === null || this.#sampling) return;
    this.#sampling = true;
    const sample = await peer.sample().catch(() => null);
    this.#sampling = false;
    if (peer !== this.#peer) return;
    this.#sampleSoon();
    if (sample === null) return;
    this.#options.sampled(sample);
    if (!this.#watch.observe(sample, this.#platform.clock.nowMs())) void this.#onSilent(peer);
  }

  /**
   * Either something broke, or the same person came in from elsewhere, for which the stage lets go
   * of us. Coming back in the second case would throw the other one out, and so on for ever: so we
   * ask whether the stage still had us, and whether the room still sees us. Never rejects.
   */
  async #onSilent(peer: StagePeer): Promise<void> {
    this.#drop();
    const attempt = this.#attempt;
    this.#become("reconnecting", null);
    const farewell = await peer.leave();
    if (attempt !== this.#attempt) return;
    if (farewell !== "not-there") {
      void this.#connect();
      return;
    }
    this.#cancelRetry = this.#platform.clock.after(ROOM_LAG_MS, () => {
      if (this.#room?.stageUp === true && this.#room.connected) {
        this.stop(new UplinkError("replaced", "You joined the stage from another page or device"));
      } else {
        void this.#connect();
      }
    });
  }

  /** The stage says that it doesn't have us: it may not know yet, or we may not. */
  #doubt(): void {
    this.#cancelDoubt();
    this.#cancelDoubt = this.#platform.clock.after(ROOM_LAG_MS, () => {
      if (this.#room?.connected === false) this.#reconnect();
    });
  }
}
