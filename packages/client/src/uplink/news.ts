import type {
  PathQuality,
  StageGuard,
  StageNews,
  StagePath,
  UserId,
  VoiceLevel,
} from "@rostra/wire";

/** What the stage tells this member alone. */
export interface StageNewsState {
  /** To hosts: who sounds, and how loud, four times a second. Empty to others, and in silence. */
  readonly levels: ReadonlyMap<UserId, VoiceLevel>;
  /** How well packets arrive, once a second: of everybody to hosts, of oneself to others. */
  readonly quality: ReadonlyMap<UserId, PathQuality>;
  /** Guards that are active now: one's own, and to hosts everybody's. */
  readonly guards: readonly StageGuard[];
  /** How our own microphone reaches the stage; null while it doesn't. */
  readonly path: StagePath | null;
}

export const NO_NEWS: StageNewsState = {
  levels: new Map(),
  quality: new Map(),
  guards: [],
  path: null,
};

/** What `state` becomes by one message of the stage; itself where the message changes nothing. */
export function withNews(state: StageNewsState, news: StageNews): StageNewsState {
  switch (news.type) {
    case "levels":
      return { ...state, levels: new Map(news.levels.map((level) => [level.id, level])) };
    case "quality":
      return { ...state, quality: new Map(news.people.map((one) => [one.id, one])) };
    case "guard": {
      const others = state.guards.filter(({ kind, id }) => kind !== news.kind || id !== news.id);
      if (!news.active && others.length === state.guards.length) return state;
      return { ...state, guards: news.active ? [...others, news] : others };
    }
    default:
      return state;
  }
}
