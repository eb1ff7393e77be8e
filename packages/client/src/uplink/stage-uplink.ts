import {
  type RostraError,
  type SpaceId,
  type SpaceSnapshot,
  type StageStatus,
  stagesOf,
  systemClock,
  type UserId,
} from "@rostra/wire";
import type { RostraApi } from "../api/api.ts";
import { UplinkError } from "../errors.ts";
import type { SpaceListener } from "../listener/space-listener.ts";
import type { Microphone } from "../microphone/microphone.ts";
import { type Observable, Subject, type Unsubscribe } from "../observable.ts";
import { onNetwork } from "../platform.ts";
import { chooseBetween } from "./choose-peer.ts";
import { MuteSwitch } from "./mute-switch.ts";
import type { StageNewsState } from "./news.ts";
import type { PairState } from "./pair/plan.ts";
import { StagePair } from "./pair/stage-pair.ts";
import { PathMemories } from "./path-memories.ts";
import { openRtcPeerWith } from "./rtc-peer.ts";
import { openSocketPeerWith } from "./socket-peer.ts";
import { StageAudio } from "./stage-audio.ts";
import type { UplinkPlatform } from "./stage-connection.ts";
import { openBrowserStageLink } from "./stage-link.ts";
import type { Awareness } from "./stage-socket.ts";
import { IDLE_UPLINK, type UplinkState } from "./state.ts";

export interface StageUplinkOptions {
  readonly api: RostraApi;
  readonly spaceId: SpaceId;
  readonly microphone: Microphone;
  /** How to come in; left out: muted, so that nobody is on air by accident. */
  readonly muted?: boolean;
}

/**
 * The way of one person to the stage and back: sends the microphone, plays the others. Needs an
 * identity that is a member of the stage. Reconnects by itself; keeps the mute state.
 */
export class StageUplink {
  readonly #options: StageUplinkOptions;
  readonly #state: Subject<UplinkState>;
  readonly #pair: StagePair;
  readonly #mute: MuteSwitch;
  /** Silent on our side, whatever the mute is: see `hold`. */
  #held = false;
  /** What is sent: a clone, so that muting it leaves the meter its sound. */
  #track: MediaStreamTrack | null = null;
  #stopMicrophone: Unsubscribe = () => {};
  /** The track that it is a clone of. */
  #source: MediaStreamTrack | null = null;
  #wasMember = false;
  #isMusic = false;
  #sendsMusic = false;
  /** Of the newest snapshot seen: what was taken note of once isn't judged again. */
  #revision = -1;

  constructor(options: StageUplinkOptions, platform: UplinkPlatform = browserUplinkPlatform()) {
    this.#options = options;
    this.#state = new Subject<UplinkState>(IDLE_UPLINK);
    this.#mute = new MuteSwitch({
      clock: platform.clock,
      muted: true,
      tell: (wanted) => options.api.setMuted(options.spaceId, this.#userId(), wanted),
      changed: (now, mutePending, mutedByServer) => {
        this.#silence(this.#track);
        this.#state.patch({ muted: now, mutePending, mutedByServer });
      },
    });
    const { api, spaceId } = options;
    this.#pair = new StagePair(platform, {
      origin: api.baseUrl,
      spaceId,
      token: () => api.token(),
      track: () => this.#track!,
      music: () => this.#wantsMusic(),
      changed: (state) => this.#onPair(state),
      sampled: ({ rttMs, packetLoss }) => this.#state.patch({ rttMs, packetLoss }),
      blocked: (stageAudioBlocked) => this.#state.patch({ stageAudioBlocked }),
    });
  }

  get state(): Observable<UplinkState> {
    return this.#state;
  }

  /** What the stage tells this member alone: levels, quality, guards; how the microphone goes. */
  get news(): Observable<StageNewsState> {
    return this.#pair.news;
  }

  /** Whether the person knows that they may be heard: asked by the hot-microphone guard. */
  setAwareness(awareness: Awareness): void {
    this.#pair.setAwareness(awareness);
  }

  /**
   * Connects, and resolves once connected. Call it in a gesture, so that the others can be heard.
   * Opens the microphone if need be. An uplink is joined once: after `leave`, make another.
   * @throws {UplinkError} `refused`, `not-supported`, `no-microphone`; the network is retried
   */
  async join(): Promise<void> {
    if (!this.#isIn("idle")) return this.#joined();
    this.#state.patch({ connection: "connecting", error: null });
    try {
      await this.#openMicrophone();
    } catch (cause) {
      this.#release();
      const error = new UplinkError("no-microphone", "The microphone could not be opened", {
        cause,
      });
      this.#state.patch({ connection: "failed", error });
      throw error;
    }
    // Left while the person was asked for the microphone.
    if (!this.#isIn("connecting")) {
      this.#release();
      return;
    }
    addEventListener("pagehide", this.#onPageHide);
    this.#pair.start();
    const wanted = this.#options.muted ?? true;
    // Coming in unmuted needs the server's word; where it says no, the person sees that.
    await Promise.all([this.#joined(), this.#mute.set(wanted).catch(() => {})]);
  }

  /**
   * Muting holds at once, and the server is told until it knows. Unmuting holds when the server
   * agreed: until then `muted` stays true, with `mutePending`.
   * @throws {ProblemError} where the server refuses to unmute @throws {NetworkError}
   */
  async setMuted(muted: boolean): Promise<void> {
    await this.#mute.set(muted);
  }

  /**
   * Sends silence while it holds, and tells nobody: the mute stays as it is. For push-to-talk, and
   * for as long as a change of channel is on its way.
   */
  hold(held: boolean): void {
    this.#held = held;
    this.#silence(this.#track);
  }

  /** Whose loudspeaker the others are heard on; empty: the system's choice. Now and after `join`. */
  setSpeaker(deviceId: string): void {
    this.#pair.setSpeaker(deviceId);
  }

  /** Plays the others where the browser blocked it. Call it in a gesture. */
  async playStage(): Promise<void> {
    await this.#pair.play();
  }

  /** What the room says of the stage: the quickest news of a stage that came back. */
  onStageStatus(stage: StageStatus): void {
    const { identity } = this.#options.api;
    const id = identity.value?.user.id;
    const connected = id !== undefined && stage.connected.includes(id);
    this.#pair.onRoom({ stageUp: stage.up, connected });
  }

  /** What control says of the space: who is muted, who is on stage, whether it is over. */
  onSpace(space: SpaceSnapshot): void {
    if (space.id !== this.#options.spaceId || space.revision <= this.#revision) return;
    this.#revision = space.revision;
    this.#pair.setStages(stagesOf(space));
    this.#isMusic = space.settings.sound === "music";
    this.#followMusic();
    const id = this.#options.api.identity.value?.user.id;
    const member = space.members.find((candidate) => candidate.id === id);
    if (space.state === "ended") this.#end(new UplinkError("refused", "The space has ended"));
    else if (member !== undefined) {
      this.#wasMember = true;
      this.#mute.onServer(member.muted);
    } else if (this.#wasMember) {
      this.#end(new UplinkError("refused", "You are not on stage any more"));
    }
  }

  /** Feeds both from a listener of the same space. @returns stops it */
  follow(listener: SpaceListener): Unsubscribe {
    const stopEvents = listener.onEvent((event) => {
      if (event.type === "move") this.#pair.onEdgeGoing(event.withinMs);
    });
    const stopState = listener.state.subscribe(({ space, stage }) => {
      if (space !== null) this.onSpace(space);
      if (stage !== null) this.onStageStatus(stage);
    });
    return () => {
      stopEvents();
      stopState();
    };
  }

  /** Leaves at once; survives the page's unloading. Membership of the stage stays. */
  leave(): void {
    this.#end(null);
  }

  #isIn(...states: UplinkState["connection"][]): boolean {
    return states.includes(this.#state.value.connection);
  }

  #userId(): UserId {
    const identity = this.#options.api.identity.value;
    if (identity === null) throw new UplinkError("refused", "Become a guest first");
    return identity.user.id;
  }

  #joined(): Promise<void> {
    return new Promise((resolve, reject) => {
      let stop: Unsubscribe = () => {};
      stop = this.#state.subscribe(({ connection, error }) => {
        if (connection === "connecting" || connection === "reconnecting") return;
        // Called once before `subscribe` returns: the turn after has its unsubscribe.
        queueMicrotask(() => stop());
        if (connection === "connected" || error === null) resolve();
        else reject(error);
      });
    });
  }

  async #openMicrophone(): Promise<void> {
    const { microphone } = this.#options;
    if (microphone.state.value.track === null) await microphone.open();
    this.#stopMicrophone = microphone.state.subscribe(({ track }) => {
      this.#followMusic();
      // Lost, for the moment: silence goes on until there is another.
      if (track !== null && track !== this.#source) this.#send(track);
    });
  }

  #silence(track: MediaStreamTrack | null): void {
    if (track !== null) track.enabled = !this.#mute.muted && !this.#held;
  }

  /** Stereo is for microphones that are left as they are: it would switch echo cancellation off. */
  #wantsMusic(): boolean {
    return this.#isMusic && this.#options.microphone.state.value.mode === "music";
  }

  /** A connection is made for the one or for the other: where that changed, another is needed. */
  #followMusic(): void {
    const wants = this.#wantsMusic();
    if (wants === this.#sendsMusic) return;
    this.#sendsMusic = wants;
    this.#pair.renew();
  }

  #send(source: MediaStreamTrack): void {
    const before = this.#track;
    this.#source = source;
    const track = source.clone();
    this.#silence(track);
    this.#track = track;
    // Fails only where the connection is gone: the next one takes the new track anyway.
    this.#pair.replaceTrack(track).then(
      () => before?.stop(),
      () => before?.stop(),
    );
  }

  #onPair({ connection, error, redundant }: PairState): void {
    const known = connection === "connected" ? {} : { rttMs: null, packetLoss: null };
    this.#state.patch({ connection, error, redundant, ...known });
    if (connection === "failed" || connection === "closed") this.#release();
  }

  #end(error: RostraError | null): void {
    if (this.#isIn("failed", "closed")) return;
    this.#pair.stop(error);
  }

  /** The microphone itself stays its owner's. */
  #release(): void {
    removeEventListener("pagehide", this.#onPageHide);
    this.#stopMicrophone();
    this.#mute.close();
    this.#track?.stop();
    this.#track = null;
  }

  readonly #onPageHide = (): void => this.leave();
}

/** What this page has learnt of its network: the same for every uplink. */
const PATHS = new PathMemories();

function browserUplinkPlatform(): UplinkPlatform {
  const clock = systemClock;
  const openLink = openBrowserStageLink;
  const fetcher: typeof fetch = (input, init) => fetch(input, init);
  const webrtc = openRtcPeerWith({ clock, fetch: fetcher });
  const websocket = openSocketPeerWith({ clock, openLink });
  return {
    clock,
    random: Math.random,
    openPeer: (options) => {
      const memory = PATHS.of(options.whipUrl);
      return chooseBetween({ clock, webrtc, websocket, memory })(options);
    },
    probePeer: async (options) => {
      const peer = await webrtc(options);
      PATHS.of(options.whipUrl).udpBlocked = false;
      return peer;
    },
    openLink,
    openOutput: (blocked) => new StageAudio(blocked),
    onNetwork,
  };
}
