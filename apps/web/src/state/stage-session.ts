import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import {
  type Awareness,
  Microphone,
  MicrophoneError,
  type MicrophoneState,
  type RostraApi,
  type StageNewsState,
  StageUplink,
  type UplinkState,
} from "@rostra/client";
import type { SpaceId, UserId } from "@rostra/wire";
import { failureWords } from "./failure.ts";
import type { ActiveGuards } from "./guards.ts";
import type { Listening } from "./listening.ts";
import { microphoneWords } from "./microphone-words.ts";
import { observe } from "./observe.ts";
import { preferences } from "./preferences.ts";
import { StageVoice } from "./stage-voice.ts";

/**
 * One person's time on one stage: microphone, uplink, and what went wrong last. Owns both;
 * `close` leaves the stage's sound (not the membership) and lets go of the microphone.
 */
export class StageSession {
  readonly microphone = new Microphone();
  readonly microphoneState: ReadonlySignal<MicrophoneState>;
  readonly uplinkState: ReadonlySignal<UplinkState>;
  /** Whisper, push-to-talk, backstage. */
  readonly voice: StageVoice;
  /** What the stage tells us alone. Levels come four times a second: read those past the view. */
  readonly news: ReadonlySignal<StageNewsState>;
  /** Changes only when a guard does. */
  readonly guards: ReadonlySignal<ActiveGuards>;
  readonly #api: RostraApi;
  readonly #listening: Listening;
  readonly #uplinkState = signal<UplinkState>(NOT_JOINED);
  readonly #news = signal<StageNewsState>(NO_NEWS);
  /** Whether the person knows that they may be heard: told to the hot-microphone guard. */
  readonly #awareness: ReadonlySignal<Awareness>;
  readonly #isHidden = signal(document.visibilityState === "hidden");
  readonly #problem = signal<string | null>(null);
  readonly #stops: (() => void)[] = [];
  #forgetProblem: ReturnType<typeof setTimeout> | undefined;
  #uplink: StageUplink | null = null;
  #stopUplink: (() => void)[] = [];
  #joining: Promise<void> | null = null;
  #isClosed = false;

  constructor(api: RostraApi, listening: Listening) {
    this.#api = api;
    this.#listening = listening;
    const microphone = observe(this.microphone.state);
    this.microphoneState = microphone.signal;
    this.uplinkState = this.#uplinkState;
    this.news = this.#news;
    this.guards = computed(() => this.#news.value.guards);
    this.voice = new StageVoice({
      api,
      listening,
      me: () => api.identity.value?.user.id ?? null,
      uplink: () => this.#uplink,
      attempt: (action) => this.attempt(action),
    });
    const changes = computed(() => this.microphoneState.value.deviceChanges);
    this.#awareness = computed(() => ({
      hidden: this.#isHidden.value,
      deviceChanges: changes.value,
    }));
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#stops.push(microphone.stop, () => this.voice.close(), ...this.#follow());
  }

  /** What was chosen on this device or set for the space holds from the moment that it changes. */
  #follow(): (() => void)[] {
    const sound = computed(() => this.#listening.space.value?.settings.sound ?? "voice");
    const noise = computed(() => preferences.value.noise);
    const speakerId = computed(() => preferences.value.speakerId);
    const pushToTalk = computed(() => preferences.value.pushToTalk);
    return [
      effect(() => this.voice.setPushToTalk(pushToTalk.value)),
      effect(() => this.#uplink?.setSpeaker(speakerId.value)),
      effect(() => this.#uplink?.setAwareness(this.#awareness.value)),
      effect(() => {
        const mode = sound.value;
        void this.attempt(() => this.microphone.setMode(mode));
      }),
      effect(() => {
        const chosen = noise.value;
        void this.attempt(() => this.microphone.setNoise(chosen));
      }),
    ];
  }

  get spaceId(): SpaceId {
    return this.#listening.spaceId;
  }

  /** What went wrong a moment ago, as a sentence; null after the next thing that works. */
  get problem(): ReadonlySignal<string | null> {
    return this.#problem;
  }

  /** Opens the microphone alone, to choose a device and see the level. */
  async tryMicrophone(deviceId?: string): Promise<boolean> {
    return this.attempt(() => this.microphone.open(deviceId));
  }

  /**
   * Pressed twice while the browser still asks for the microphone, it is one way in, not two.
   * @param muted how to come in. Call it in a gesture, so that the others can be heard.
   */
  join(muted: boolean): Promise<void> {
    this.#joining ??= this.#join(muted).finally(() => {
      this.#joining = null;
    });
    return this.#joining;
  }

  async #join(muted: boolean): Promise<void> {
    if (this.#uplink !== null) this.#dropUplink();
    const { microphone } = this;
    this.#listening.giveWayToStage();
    if (microphone.state.value.status !== "open" && !(await this.tryMicrophone())) return;
    if (this.#isClosed) {
      // The page was left while the browser asked: its answer opened a microphone for nobody.
      microphone.close();
      return;
    }
    const options = { api: this.#api, spaceId: this.spaceId, microphone, muted };
    const uplink = new StageUplink(options);
    this.#uplink = uplink;
    this.voice.adopt(uplink);
    uplink.setSpeaker(preferences.value.speakerId);
    uplink.setAwareness(this.#awareness.value);
    this.#stopUplink = [
      uplink.news.subscribe((news) => {
        this.#news.value = news;
      }),
      uplink.state.subscribe((state) => {
        this.#uplinkState.value = state;
      }),
      uplink.follow(this.#listening.listener),
    ];
    await this.attempt(() => uplink.join());
  }

  /** Muting holds here at once; unmuting only when the server agrees. */
  async setMuted(muted: boolean): Promise<void> {
    await this.attempt(async () => this.#uplink?.setMuted(muted));
  }

  /** Lets the others be heard where the browser wants a gesture first. */
  async playStage(): Promise<void> {
    await this.attempt(async () => this.#uplink?.playStage());
  }

  /** Off the line and off the list; a host stays on the list until the space ends. */
  async stepDown(me: UserId): Promise<void> {
    this.leave();
    await this.attempt(() => this.#api.removeFromStage(this.spaceId, me));
  }

  /** Off the line: the microphone is let go of, the membership stays. */
  leave(): void {
    this.voice.reset();
    this.#dropUplink();
    this.#uplinkState.value = NOT_JOINED;
    this.microphone.close();
  }

  /** Runs what a button asked for; failures become `problem`. @returns whether it worked */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      this.#tell(null);
      return true;
    } catch (error) {
      this.#tell(
        error instanceof MicrophoneError ? microphoneWords(error.code) : failureWords(error),
      );
      return false;
    }
  }

  /** A problem is told for a while only: it would be read as today's news later. */
  #tell(problem: string | null): void {
    clearTimeout(this.#forgetProblem);
    this.#problem.value = problem;
    if (problem === null) return;
    this.#forgetProblem = setTimeout(() => {
      this.#problem.value = null;
    }, PROBLEM_SHOWN_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.leave();
    clearTimeout(this.#forgetProblem);
    document.removeEventListener("visibilitychange", this.#onVisibility);
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** An uplink is joined once: each way back is a new one. */
  #dropUplink(): void {
    for (const stop of this.#stopUplink.splice(0)) stop();
    this.#uplink?.leave();
    this.#uplink = null;
    this.#news.value = NO_NEWS;
  }

  readonly #onVisibility = (): void => {
    this.#isHidden.value = document.visibilityState === "hidden";
  };
}

/** Long enough to read what to do about a microphone, twice. */
const PROBLEM_SHOWN_MS = 20_000;

/** What the views see while there is no uplink. */
const NO_NEWS: StageNewsState = {
  levels: new Map(),
  quality: new Map(),
  guards: [],
  path: null,
};

const NOT_JOINED: UplinkState = {
  connection: "idle",
  redundant: false,
  muted: true,
  mutedByServer: false,
  mutePending: false,
  rttMs: null,
  packetLoss: null,
  stageAudioBlocked: false,
  error: null,
};
