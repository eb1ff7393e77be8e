import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { RostraApi, StageUplink } from "@rostra/client";
import type { StageChannel, StageMember, UserId } from "@rostra/wire";
import { announce } from "./announcer.ts";
import type { Listening } from "./listening.ts";
import {
  DRAIN_MS,
  isHeld,
  NORMAL_TALK,
  type TalkAction,
  type TalkEvent,
  type TalkPhase,
  talkStep,
} from "./talk.ts";

/** What this needs of a line to the stage. */
type VoiceLine = Pick<StageUplink, "hold" | "setMuted" | "state">;

export interface StageVoiceOptions {
  readonly api: Pick<RostraApi, "setChannel">;
  readonly listening: Pick<Listening, "space" | "spaceId">;
  readonly me: () => UserId | null;
  /** Null while there is no line. */
  readonly uplink: () => VoiceLine | null;
  /** Runs a call, and tells of its failure. @returns whether it worked */
  readonly attempt: (action: () => Promise<unknown>) => Promise<boolean>;
}

/**
 * Where this person's voice goes: whisper, push-to-talk, backstage and back. Performs what the pure
 * machine in `talk.ts` asks for. Owns its timer and effects; `close` ends them.
 */
export class StageVoice {
  readonly #options: StageVoiceOptions;
  readonly #state = signal(NORMAL_TALK);
  /** Calls go one after the other: the way back must not overtake the way there. */
  #calls: Promise<unknown> = Promise.resolve();
  #drain: ReturnType<typeof setTimeout> | undefined;
  readonly #stop: () => void;

  constructor(options: StageVoiceOptions) {
    this.#options = options;
    const channel = computed(() => this.#member()?.channel);
    this.#stop = effect(() => {
      if (channel.value !== undefined) this.#send({ type: "channel", channel: channel.value });
    });
  }

  readonly phase: ReadonlySignal<TalkPhase> = computed(() => this.#state.value.phase);

  readonly isPressed: ReadonlySignal<boolean> = computed(() => this.#state.value.pressed);

  /** Why our side is silent whatever the mute says; null where it isn't. */
  readonly held: ReadonlySignal<"push-to-talk" | "whisper" | null> = computed(() => {
    if (!isHeld(this.#state.value)) return null;
    return this.#state.value.phase === "normal" ? "push-to-talk" : "whisper";
  });

  /** A line is new: it is as silent as it must be from its first packet on. */
  adopt(uplink: VoiceLine): void {
    uplink.hold(isHeld(this.#state.value));
  }

  setPushToTalk(on: boolean): void {
    this.#send({ type: "push-to-talk", on });
  }

  whisper(pressed: boolean): void {
    const member = this.#member();
    if (!pressed) this.#send({ type: "whisper-release" });
    else if (member !== undefined && this.#options.uplink() !== null) {
      const now = { channel: member.channel, muted: member.muted };
      this.#send({ type: "whisper-press", now });
    }
  }

  /** Push-to-talk. Somebody who is muted unmutes by it: holding the key is asking to be heard. */
  talk(pressed: boolean): void {
    this.#send({ type: pressed ? "talk-press" : "talk-release" });
    const uplink = this.#options.uplink();
    if (!pressed || uplink === null || !this.#state.value.pressed) return;
    if (uplink.state.value.muted) this.#call(() => uplink.setMuted(false));
  }

  /** Off air, among those who are backstage; or back, muted as before. */
  goTo(channel: Exclude<StageChannel, "whisper">): void {
    announce(channel === "air" ? "Coming back" : "Going backstage");
    // Left over from a page that was closed in the middle of a whisper: nothing of it goes on air.
    const isStray = this.#member()?.channel === "whisper";
    const uplink = this.#options.uplink();
    if (isStray && uplink !== null) this.#call(() => uplink.setMuted(true));
    this.#call(() => this.#change(channel));
  }

  /** The line is gone: whoever was whispering is put back where they were. */
  reset(): void {
    clearTimeout(this.#drain);
    const { before } = this.#state.value;
    if (before !== null) this.#call(() => this.#change(before.channel));
    this.#state.value = { ...NORMAL_TALK, pushToTalk: this.#state.value.pushToTalk };
  }

  close(): void {
    this.reset();
    this.#stop();
  }

  #member(): StageMember | undefined {
    const id = this.#options.me();
    return this.#options.listening.space.value?.members.find((member) => member.id === id);
  }

  #send(event: TalkEvent): void {
    const { state, actions } = talkStep(this.#state.peek(), event);
    this.#state.value = state;
    // Before anything is asked of the server: what must not be heard doesn't leave from now on.
    this.#options.uplink()?.hold(isHeld(state));
    for (const action of actions) this.#do(action);
  }

  #do(action: TalkAction): void {
    switch (action.do) {
      case "drain":
        this.#drain = setTimeout(() => this.#send({ type: "drained" }), DRAIN_MS);
        return;
      case "set-muted": {
        const uplink = this.#options.uplink();
        this.#call(async () => uplink?.setMuted(action.muted));
        return;
      }
      case "go-to":
        this.#call(async () => {
          const now = await this.#change(action.channel);
          // Of the way there only the room's own word counts, of the way back the first that comes.
          const isBack = action.channel !== "whisper" && now !== undefined;
          const channel = isBack ? now : this.#member()?.channel;
          if (channel !== undefined) this.#send({ type: "channel", channel });
        });
    }
  }

  /** @returns where the server says that we are now */
  async #change(channel: StageChannel): Promise<StageChannel | undefined> {
    const me = this.#options.me();
    if (me === null) return undefined;
    const space = await this.#options.api.setChannel(this.#options.listening.spaceId, me, channel);
    return space.stage.find(({ id }) => id === me)?.channel;
  }

  #call(action: () => Promise<unknown>): void {
    this.#calls = this.#calls.then(async () => {
      if (!(await this.#options.attempt(action))) this.#send({ type: "failed" });
    });
  }
}
