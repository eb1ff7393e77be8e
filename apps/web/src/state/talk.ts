import type { StageChannel } from "@rostra/wire";

/**
 * What a held key or button does to the voice: whisper (hold W) and push-to-talk (hold space).
 * Pure. The owner performs what a step asks for, and keeps the microphone silent while `held`.
 *
 * Nothing leaks between air and whisper: our side is silent from the press until the snapshot says
 * `whisper`, and from the release until it says that we are back. Before the way back the sound
 * that is still under way gets time to arrive, or its last syllable would be mixed on air.
 */
export interface TalkState {
  readonly phase: TalkPhase;
  /** How it was before the whisper, and will be again; null while not whispering. */
  readonly before: VoiceBefore | null;
  readonly pushToTalk: boolean;
  /** Push-to-talk: the key or button is down. */
  readonly pressed: boolean;
}

/**
 * normal: no whisper. opening: asked for, not yet said by the server. whispering: it is.
 * draining: released, the last words are still on their way. returning: asked to be put back.
 */
export type TalkPhase = "normal" | "opening" | "whispering" | "draining" | "returning";

export interface VoiceBefore {
  readonly channel: StageChannel;
  readonly muted: boolean;
}

export type TalkEvent =
  | { readonly type: "whisper-press"; readonly now: VoiceBefore }
  | { readonly type: "whisper-release" }
  /** The snapshot says which channel we are on. */
  | { readonly type: "channel"; readonly channel: StageChannel }
  /** What `drain` waited for is over. */
  | { readonly type: "drained" }
  /** A request of ours was refused, or got lost. */
  | { readonly type: "failed" }
  | { readonly type: "talk-press" }
  | { readonly type: "talk-release" }
  | { readonly type: "push-to-talk"; readonly on: boolean };

/** What the owner is to do, in this order. */
export type TalkAction =
  | { readonly do: "go-to"; readonly channel: StageChannel }
  | { readonly do: "set-muted"; readonly muted: boolean }
  /** Send `drained` after `DRAIN_MS`. */
  | { readonly do: "drain" };

export interface TalkStep {
  readonly state: TalkState;
  readonly actions: readonly TalkAction[];
}

/** The longest jitter buffer (200 ms), and as much again for the way. */
export const DRAIN_MS = 400;

export const NORMAL_TALK: TalkState = {
  phase: "normal",
  before: null,
  pushToTalk: false,
  pressed: false,
};

/** Whether our side must be silent, whatever the server's mute says. */
export function isHeld({ phase, pushToTalk, pressed }: TalkState): boolean {
  if (phase === "whispering") return false;
  return phase !== "normal" || (pushToTalk && !pressed);
}

export function talkStep(state: TalkState, event: TalkEvent): TalkStep {
  switch (event.type) {
    case "whisper-press":
      return state.phase === "normal" ? open(state, event.now) : still(state);
    case "whisper-release":
      return release(state);
    case "channel":
      return onChannel(state, event.channel);
    case "drained":
      return state.phase === "draining" ? goBack(state) : still(state);
    case "failed":
      return onFailure(state);
    case "talk-press":
      return still({ ...state, pressed: state.pushToTalk });
    case "talk-release":
      return still({ ...state, pressed: false });
    case "push-to-talk":
      return still({ ...state, pushToTalk: event.on, pressed: false });
  }
}

function still(state: TalkState): TalkStep {
  return { state, actions: [] };
}

function open(state: TalkState, now: VoiceBefore): TalkStep {
  const before: VoiceBefore = now.channel === "whisper" ? { ...now, channel: "backstage" } : now;
  return {
    state: { ...state, phase: "opening", before, pressed: false },
    actions: [{ do: "go-to", channel: "whisper" }],
  };
}

function release(state: TalkState): TalkStep {
  // Not there yet: nothing was said that would have to arrive, but the way back is asked for.
  if (state.phase === "opening") return goBack(state);
  if (state.phase !== "whispering") return still(state);
  return { state: { ...state, phase: "draining" }, actions: [{ do: "drain" }] };
}

/** Muted before the way back, where it was: it must be so when the first packet comes on air. */
function goBack(state: TalkState): TalkStep {
  const { before } = state;
  if (before === null) return still({ ...state, phase: "normal" });
  const mute: TalkAction[] = before.muted ? [{ do: "set-muted", muted: true }] : [];
  return {
    state: { ...state, phase: "returning" },
    actions: [...mute, { do: "go-to", channel: before.channel }],
  };
}

function onChannel(state: TalkState, channel: StageChannel): TalkStep {
  const { phase, before } = state;
  if (phase === "opening" && channel === "whisper") {
    // Muted on air doesn't mean silent among the hosts: whoever holds W wants to be heard there.
    const actions: TalkAction[] = before?.muted === true ? [{ do: "set-muted", muted: false }] : [];
    return { state: { ...state, phase: "whispering" }, actions };
  }
  if (phase === "returning" && channel !== "whisper") return still(normal(state));
  // Moved by somebody else in the middle of it: that is where we are now.
  if ((phase === "whispering" || phase === "draining") && channel !== "whisper") {
    const mute: TalkAction[] = before?.muted === true ? [{ do: "set-muted", muted: true }] : [];
    return { state: normal(state), actions: mute };
  }
  return still(state);
}

/** A request that was refused, or got lost. */
function onFailure(state: TalkState): TalkStep {
  if (state.phase === "opening") return still(normal(state));
  // The way back must not be given up: the voice stays held until the server says where it is.
  if (state.phase === "returning")
    return { state: { ...state, phase: "draining" }, actions: [{ do: "drain" }] };
  return still(state);
}

function normal(state: TalkState): TalkState {
  return { ...state, phase: "normal", before: null, pressed: false };
}
