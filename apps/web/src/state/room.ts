import type { ListenerState } from "@rostra/client";
import type { SpaceSnapshot, StageStatus } from "@rostra/wire";
import { countdownWord } from "./countdown.ts";
import { type WhenOptions, whenWords } from "./words.ts";

/** What a page of a space is about, before anything is said of sound. */
export type RoomPhase =
  /** Nothing known yet; the listener keeps trying. */
  | "loading"
  /** The server refuses: what it is about must be asked of control. */
  | "refused"
  | "scheduled"
  | "backstage"
  | "live"
  | "ended";

export type LampKind =
  | "live"
  | "backstage"
  /** Seconds from air. */
  | "countdown"
  /** Heard by the hosts alone. */
  | "whisper"
  | "muted"
  | "scheduled"
  | "waiting"
  | "ended"
  /** Nothing to light up: off. */
  | "off";

/** The large plain word at the top of a page. */
export interface Lamp {
  readonly kind: LampKind;
  readonly word: string;
}

export interface RoomView {
  readonly phase: RoomPhase;
  readonly lamp: Lamp;
  /** What is going on, short enough for one line of a phone; empty where the lamp says it all. */
  readonly notice: string;
}

export const NO_STAGE: StageStatus = { up: false, connected: [], speaking: [], deadAir: false };

/** What a view of the room is made of. */
export type RoomSource = Pick<
  ListenerState,
  "connection" | "space" | "stage" | "holding" | "crowded"
> & {
  /** Until the countdown's end; null where none runs. */
  readonly secondsToAir: number | null;
};

export function roomPhase(state: Pick<ListenerState, "connection" | "space">): RoomPhase {
  const { connection, space } = state;
  if (connection === "ended" || space?.state === "ended") return "ended";
  if (space !== null) return space.state;
  return connection === "refused" ? "refused" : "loading";
}

/**
 * The space as its listeners see it.
 * @param nowMs ms since 1970, to tell a time today from one on another day
 */
export function roomView(state: RoomSource, nowMs: number, when: WhenOptions = {}): RoomView {
  const phase = roomPhase(state);
  const isLost =
    phase !== "ended" &&
    (state.connection === "reconnecting" ||
      (state.connection === "connecting" && state.crowded !== null));
  if (isLost && state.crowded !== null) return { phase, ...CROWDED[state.crowded] };
  if (isLost) {
    return {
      phase,
      lamp: { kind: "waiting", word: "Reconnecting" },
      notice: "Connection lost. Coming back…",
    };
  }
  return { phase, ...PHASES[phase](state, nowMs, when) };
}

/** There is no room for live sound: nothing is broken, and nothing has to be done. */
const CROWDED: Readonly<Record<NonNullable<ListenerState["crowded"]>, Omit<RoomView, "phase">>> = {
  hls: {
    lamp: { kind: "waiting", word: "Very full" },
    notice: "You hear it some seconds later. You come closer as soon as there is room.",
  },
  full: {
    lamp: { kind: "waiting", word: "Full" },
    notice: "Stay on this page; you will be let in as soon as there is room.",
  },
};

type Describe = (state: RoomSource, nowMs: number, when: WhenOptions) => Omit<RoomView, "phase">;

const PHASES: Readonly<Record<RoomPhase, Describe>> = {
  loading: () => ({ lamp: { kind: "waiting", word: "Connecting" }, notice: "" }),
  refused: () => ({ lamp: { kind: "off", word: "Not open" }, notice: "" }),
  scheduled: ({ space }, nowMs, when) => ({
    lamp: { kind: "scheduled", word: startsAtWords(space?.startsAtMs ?? null, nowMs, when) },
    notice: "It begins by itself: keep this page open.",
  }),
  backstage: ({ space, secondsToAir }, nowMs, when) => ({
    lamp:
      secondsToAir === null
        ? { kind: "backstage", word: "Backstage" }
        : { kind: "countdown", word: countdownWord(secondsToAir) },
    notice: space === null ? "" : backstageNotice(space, nowMs, when),
  }),
  live: ({ space, stage, holding }, nowMs, when) => ({
    lamp: { kind: "live", word: "Live" },
    notice: space === null ? "" : absenceNotice(space, stage ?? NO_STAGE, holding, nowMs, when),
  }),
  ended: () => ({ lamp: { kind: "ended", word: "Ended" }, notice: "" }),
};

/** "Starts at 20:30", or only "Soon" where no time was given. */
export function startsAtWords(
  startsAtMs: number | null,
  nowMs: number,
  when?: WhenOptions,
): string {
  return startsAtMs === null ? "Soon" : `Starts at ${whenWords(startsAtMs, nowMs, when)}`;
}

/** Whether two views show the same words. */
export function isSameRoom(a: RoomView, b: RoomView): boolean {
  return a.phase === b.phase && a.notice === b.notice && a.lamp.word === b.lamp.word;
}

/** Why nothing is heard yet, and when that changes. */
function backstageNotice(space: SpaceSnapshot, nowMs: number, when: WhenOptions): string {
  if (space.endsAtMs !== null) return hostAway(space, nowMs, when);
  const { startsAtMs } = space;
  if (startsAtMs === null || startsAtMs <= nowMs) return "Not on air yet. It begins by itself.";
  return `Starts at ${whenWords(startsAtMs, nowMs, when)}. It begins by itself.`;
}

/** Why a live space carries the holding sound, in words for the audience. */
function absenceNotice(
  space: SpaceSnapshot,
  stage: StageStatus,
  holding: boolean,
  nowMs: number,
  when: WhenOptions,
): string {
  // Control knows that nobody is in charge, and how long the space waits for that.
  if (space.endsAtMs !== null) return hostAway(space, nowMs, when);
  const isAnyoneHere = stage.up && stage.connected.length > 0;
  const isQuiet = holding || stage.deadAir;
  if (isAnyoneHere && !isQuiet) return "";
  const host = space.members.find((member) => member.role === "host");
  const isHostHere = isAnyoneHere && host !== undefined && stage.connected.includes(host.id);
  const isCohostInCharge = space.inCharge !== null && stage.connected.includes(space.inCharge);
  return isHostHere || (isAnyoneHere && isCohostInCharge)
    ? "A quiet moment: nobody speaks. It goes on as soon as somebody does."
    : "The host will be right back.";
}

/** The time of day stands still, where seconds that run down would only worry. */
function hostAway({ endsAtMs }: SpaceSnapshot, nowMs: number, when: WhenOptions): string {
  const words = "The host will be right back.";
  return endsAtMs === null ? words : `${words} We wait until ${whenWords(endsAtMs, nowMs, when)}.`;
}

/** The page's title in the browser's tab. */
export function tabTitle(lamp: Lamp | null, title: string | null): string {
  const words = [lamp?.word.toLocaleUpperCase(), title, "Rostra"];
  return words.filter((word) => word !== undefined && word !== null && word !== "").join(" · ");
}
