import type {
  SpaceSnapshot,
  StageAwareness,
  StageGuard,
  StageMember,
  UserId,
  VoiceLevel,
} from "@rostra/wire";
import { HotMic, type HotMicNews } from "../../guard/hot-mic.ts";

interface Watched {
  readonly mic: HotMic;
  muted: boolean;
  isThere: boolean;
}

/** The hot-microphone guards of one space, one for each member. Pure: times are the caller's, ms. */
export class HotMics {
  readonly #watched = new Map<UserId, Watched>();

  /** What a member's page says. */
  aware(userId: UserId, awareness: StageAwareness, nowMs: number): StageGuard[] {
    return guardOf(userId, this.#of(userId).mic.aware(awareness, nowMs));
  }

  /**
   * Looks at everybody on stage.
   * @param levels of those who are connected
   */
  look(space: SpaceSnapshot, levels: readonly VoiceLevel[], nowMs: number): StageGuard[] {
    const speaking = new Map(levels.map((level) => [level.id, level.speaking]));
    this.#forgetOthers(space);
    return space.members.flatMap((member) => {
      const watched = this.#of(member.id);
      const isThere = speaking.has(member.id);
      if (isThere && !watched.isThere) watched.mic.joined(nowMs);
      watched.isThere = isThere;
      const acted = watched.muted !== member.muted ? watched.mic.acted() : undefined;
      watched.muted = member.muted;
      const isOpen = isThere && isOnAir(space, member);
      const isSounding = speaking.get(member.id) === true;
      return [
        ...guardOf(member.id, acted),
        ...guardOf(member.id, watched.mic.advance({ isOpen, isSounding }, nowMs)),
      ];
    });
  }

  #of(userId: UserId): Watched {
    const watched = this.#watched.get(userId) ?? { mic: new HotMic(), muted: true, isThere: false };
    this.#watched.set(userId, watched);
    return watched;
  }

  #forgetOthers(space: SpaceSnapshot): void {
    for (const id of this.#watched.keys()) {
      if (!space.members.some((member) => member.id === id)) this.#watched.delete(id);
    }
  }
}

function isOnAir(space: SpaceSnapshot, member: StageMember): boolean {
  return space.state === "live" && member.channel === "air" && !member.muted;
}

function guardOf(id: UserId, news: HotMicNews | undefined): StageGuard[] {
  return news === undefined
    ? []
    : [{ type: "guard", kind: "hot-mic", id, active: news === "begins" }];
}
