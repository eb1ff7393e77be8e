import type { ListenerState } from "@rostra/client";
import type { SpaceSnapshot, StageStatus } from "@rostra/wire";
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
export function roomView(
  state: Pick<ListenerState, "connection" | "space" | "stage" | "holding">,
  nowMs: number,
  when: WhenOptions = {},
): RoomView {
  const phase = roomPhase(state);
  const isLost = state.connection === "reconnecting" && phase !== "ended";
  if (isLost) {
    return {
      phase,
      lamp: { kind: "waiting", word: "Reconnecting" },
      notice: "Connection lost. Coming back…",
    };
  }
  return { phase, ...PHASES[phase](state, nowMs, when) };
}

type Describe = (
  state: Pick<ListenerState, "space" | "stage" | "holding">,
  nowMs: number,
  when: WhenOptions,
) => Omit<RoomView, "phase">;

const PHASES: Readonly<Record<RoomPhase, Describe>> = {
  loading: () => ({ lamp: { kind: "waiting", word: "Connecting" }, notice: "" }),
  refused: () => ({ lamp: { kind: "off", word: "Not open" }, notice: "" }),
  scheduled: ({ space }, nowMs, when) => ({
    lamp: { kind: "scheduled", word: startsAtWords(space?.startsAtMs ?? null, nowMs, when) },
    notice: "It begins by itself: keep this page open.",
  }),
  backstage: () => ({
    lamp: { kind: "backstage", word: "Backstage" },
    notice: "Not on air yet. It begins by itself.",
  }),
  live: ({ space, stage, holding }) => ({
    lamp: { kind: "live", word: "Live" },
    notice: space === null ? "" : absenceNotice(space, stage ?? NO_STAGE, holding),
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

/** Why a live space carries the holding sound, in words for the audience. */
function absenceNotice(space: SpaceSnapshot, stage: StageStatus, holding: boolean): string {
  const isAnyoneHere = stage.up && stage.connected.length > 0;
  if (isAnyoneHere && !holding) return "";
  const host = space.members.find((member) => member.role === "host");
  const isHostHere = isAnyoneHere && host !== undefined && stage.connected.includes(host.id);
  return isHostHere ? "A quiet moment: nobody speaks." : "The host will be right back.";
}

/**
 * The delay that is shown. The measured one trembles by a few tens of milliseconds; the shown one
 * follows only real changes, so that the small print stands still.
 */
export function steadyDelay(shownMs: number | null, measuredMs: number | null): number | null {
  if (measuredMs === null || shownMs === null) return measuredMs;
  const tolerance = Math.max(120, shownMs * 0.15);
  return Math.abs(measuredMs - shownMs) > tolerance ? measuredMs : shownMs;
}

/** The page's title in the browser's tab. */
export function tabTitle(lamp: Lamp | null, title: string | null): string {
  const words = [lamp?.word.toLocaleUpperCase(), title, "Rostra"];
  return words.filter((word) => word !== undefined && word !== null && word !== "").join(" · ");
}
