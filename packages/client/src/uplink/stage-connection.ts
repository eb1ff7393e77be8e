import type { Cancel, Clock, RostraError, StagePath } from "@rostra/wire";
import { UplinkError } from "../errors.ts";
import type { Unsubscribe } from "../observable.ts";
import { asUplinkError, judgeFailure } from "./failure.ts";
import { FLOWING_MS, type LinkHealth, LinkWatch } from "./link-watch.ts";
import type { OpenPeer, PeerOptions, PeerSample, StagePeer } from "./peer.ts";
import type { StageOutput } from "./stage-audio.ts";
import type { OpenStageLink } from "./stage-link.ts";
import type { StageUrls } from "./stage-urls.ts";
import type { UplinkConnection } from "./state.ts";

/** The world as the uplink sees it; tests bring a virtual one. */
export interface UplinkPlatform {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Opens a connection by whichever way works. */
  readonly openPeer: OpenPeer;
  /** Opens one by WebRTC or not at all: to find out whether it works again. */
  readonly probePeer: OpenPeer;
  /** Opens a stage socket. */
  readonly openLink: OpenStageLink;
  /** Opens a loudspeaker for a stage's sound; told when the browser wants a gesture first. */
  readonly openOutput: (blocked: (blocked: boolean) => void) => StageOutput;
  /** Calls back when the network is said to be there again, or to be another one. */
  readonly onNetwork: (callback: () => void) => Unsubscribe;
}

/** What the room says about us. */
export interface RoomView {
  /** False while the stage's process is away. */
  readonly stageUp: boolean;
  /** Whether the stage has a working connection of ours. */
  readonly connected: boolean;
}

export interface StageConnectionOptions extends Pick<PeerOptions, "token"> {
  /** Asked anew for each connection. */
  readonly urls: () => StageUrls;
  /** What to send; asked anew for each connection. */
  readonly track: () => MediaStreamTrack;
  /** Whether the space is for music; asked anew for each connection. */
  readonly music: () => boolean;
  readonly stateChanged: (state: UplinkConnection, error: RostraError | null) => void;
  /** A connection is in use from now on. */
  readonly peerChanged: (stream: MediaStream, path: StagePath) => void;
  readonly sampled: (sample: PeerSample) => void;
}

/** Few speak, and they are on air: no crowd to spread out, every half second counts. */
const RETRY_MS = [0, 200, 500, 1_000, 2_000];
const SAMPLE_MS = 250;
/** A refusal that may pass is believed after this many. */
const BELIEVED_REFUSALS = 5;
/** The room's word travels another way than the connection's: what they say may cross. */
const ROOM_LAG_MS = 700;
/** The older connection goes on for so long, until the stage has the newer one's first sound. */
const OVERLAP_MS = 700;
/** How often a page on the WebSocket looks whether WebRTC works meanwhile. */
const PROBE_MS = 60_000;

/**
 * Keeps one connection to the stage alive, by whatever tells first that it is gone. Make before
 * break: the older one is let go of only when the newer one stands.
 */
export class StageConnection {
  readonly #platform: UplinkPlatform;
  readonly #options: StageConnectionOptions;
  readonly #stopNetwork: Unsubscribe;
  #state: UplinkConnection = "idle";
  #peer: StagePeer | null = null;
  /** Older ones, in their last moment. */
  readonly #leaving = new Map<StagePeer, Cancel>();
  #watch = new LinkWatch();
  #health: LinkHealth = "good";
  /** The newest session that stood: the next one continues it. */
  #session: string | null = null;
  /** Counts connections asked for: what belongs to an older one is let go. */
  #attempt = 0;
  #seeking = false;
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
  #cancelProbe: Cancel = () => {};

  constructor(platform: UplinkPlatform, options: StageConnectionOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#stopNetwork = platform.onNetwork(() => this.#seekAnew());
  }

  start(): void {
    if (this.#state !== "idle") return;
    this.#become("connecting", null);
    this.#seek();
  }

  /** @param error null where the person left by their own wish */
  stop(error: RostraError | null): void {
    const wasOver = this.#state === "closed" || this.#state === "failed";
    // Where the server ended it, there is no session left to take leave of.
    if (error === null) {
      const peer = this.#peer;
      // It closes when its goodbye has been heard.
      this.#peer = null;
      void peer?.leave();
    }
    this.#end();
    if (!wasOver) this.#become("closed", error);
  }

  /** Makes a new connection beside the one that there is: what is sent is of another kind now. */
  renew(): void {
    this.#seekAnew();
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#peer?.replaceTrack(track);
  }

  /** Changes with each packet of the others' sound that is played; null: none was yet. */
  get soundMark(): number | null {
    return this.#peer?.soundMark() ?? null;
  }

  onRoom(room: RoomView): void {
    const before = this.#room;
    this.#room = room;
    if (!this.#isWanted()) return;
    const cameBack = before !== null && !before.stageUp && room.stageUp;
    if (cameBack && !this.#isFlowing()) {
      this.#seekAnew();
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
      if (!this.#isFlowing()) this.#seekAnew();
    });
  }

  /** The stage says that it doesn't have us: it may not know yet, or we may not. */
  #doubt(): void {
    this.#cancelDoubt();
    this.#cancelDoubt = this.#platform.clock.after(ROOM_LAG_MS, () => {
      if (this.#room?.connected === false) this.#seekAnew();
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

  /** Lets go of everything. */
  #end(): void {
    this.#stopNetwork();
    this.#attempt += 1;
    const timers = [this.#cancelRetry, this.#cancelSample, this.#cancelDoubt, this.#cancelProof];
    for (const cancel of [...timers, this.#cancelProbe]) cancel();
    for (const peer of [...this.#leaving.keys()]) this.#closeLeaving(peer);
    this.#peer?.close();
    this.#peer = null;
  }

  /** Something says that another connection is needed now: what is under way may be stuck. */
  #seekAnew(): void {
    if (!this.#isWanted()) return;
    this.#attempt += 1;
    this.#seeking = false;
    this.#failures = 0;
    this.#seek();
  }

  /** Makes a connection, beside the one there may be, unless one is being made. */
  #seek(): void {
    if (this.#seeking) return;
    this.#seeking = true;
    this.#cancelRetry();
    this.#attempt += 1;
    void this.#connect(this.#attempt, this.#platform.openPeer);
  }

  /** Never rejects. */
  async #connect(attempt: number, open: OpenPeer): Promise<void> {
    const { urls, token, track, music } = this.#options;
    try {
      const peer = await open({
        track: track(),
        ...urls(),
        token,
        music: music(),
        continues: () => this.#session,
        began: () => {},
        changed: () => void this.#sample(),
      });
      if (attempt === this.#attempt) this.#onConnected(peer);
      else void peer.leave();
    } catch (error) {
      if (attempt === this.#attempt && this.#seeking) this.#onFailure(error);
      else if (attempt === this.#attempt) this.#probeLater();
    }
  }

  #onConnected(peer: StagePeer): void {
    this.#letGo();
    this.#peer = peer;
    this.#session = peer.session ?? this.#session;
    this.#watch = new LinkWatch();
    this.#health = "good";
    // A look at the one before may never come back.
    this.#sampling = false;
    this.#seeking = false;
    this.#failures = 0;
    this.#refusals = 0;
    this.#seenInRoom = false;
    // The microphone may have been changed while the connection was made.
    peer.replaceTrack(this.#options.track()).catch(() => {});
    this.#options.peerChanged(peer.stream, peer.path);
    this.#become("connected", null);
    this.#sampleSoon();
    this.#probeLater();
  }

  /** The stage changes over when the newer one has sound: until then the older one must go on. */
  #letGo(): void {
    const peer = this.#peer;
    if (peer === null) return;
    this.#peer = null;
    const cancel = this.#platform.clock.after(OVERLAP_MS, () => this.#closeLeaving(peer));
    this.#leaving.set(peer, cancel);
  }

  #closeLeaving(peer: StagePeer): void {
    this.#leaving.get(peer)?.();
    this.#leaving.delete(peer);
    peer.close();
  }

  #onFailure(error: unknown): void {
    this.#seeking = false;
    const kind = judgeFailure(error);
    if (kind === "replaced") {
      this.stop(new UplinkError("replaced", "You joined the stage from another page or device"));
      return;
    }
    this.#refusals = kind === "final-if-it-stays" ? this.#refusals + 1 : 0;
    if (kind === "final" || this.#refusals >= BELIEVED_REFUSALS) {
      this.#end();
      this.#become("failed", asUplinkError(error));
      return;
    }
    // What there is has come back meanwhile, or never was gone.
    if (this.#peer !== null && this.#health === "good") return;
    this.#failures += 1;
    const stepMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
    const delayMs = stepMs * (0.8 + 0.4 * this.#platform.random());
    this.#become(this.#state, asUplinkError(error));
    this.#cancelRetry = this.#platform.clock.after(delayMs, () => this.#seek());
  }

  /** On the WebSocket: looks whether WebRTC works again, and changes over where it does. */
  #probeLater(): void {
    this.#cancelProbe();
    if (this.#peer?.path !== "websocket") return;
    this.#cancelProbe = this.#platform.clock.after(PROBE_MS, () => {
      if (this.#seeking || this.#state !== "connected") this.#probeLater();
      else {
        this.#attempt += 1;
        void this.#connect(this.#attempt, this.#platform.probePeer);
      }
    });
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
    if (peer !== this.#peer) return;
    this.#sampling = false;
    this.#sampleSoon();
    if (sample === null) return;
    this.#options.sampled(sample);
    this.#judge(this.#watch.observe(sample, this.#platform.clock.nowMs()));
  }

  #judge(health: LinkHealth): void {
    const before = this.#health;
    this.#health = health;
    if (health === "good") {
      if (this.#state === "reconnecting") this.#become("connected", null);
      return;
    }
    if (health === "dead" && this.#state === "connected") this.#become("reconnecting", null);
    // Once: what fails is tried again by its own timer.
    if (before === "good") this.#seek();
  }
}
