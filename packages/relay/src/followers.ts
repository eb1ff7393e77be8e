import type { ProgramFrame, SpaceId } from "@rostra/wire";
import type { FramesFollower, Unsubscribe } from "./relay.ts";

export interface FollowersOptions {
  /** A space has its first follower in this process. */
  readonly onFirst: (spaceId: SpaceId) => void;
  /** Its last has gone. */
  readonly onNone: (spaceId: SpaceId) => void;
}

/** Those of one process who follow spaces, by space. */
export class Followers {
  readonly #options: FollowersOptions;
  // Made anew where one comes or goes: frames come a thousand times as often.
  readonly #bySpace = new Map<SpaceId, readonly FramesFollower[]>();

  constructor(options: FollowersOptions) {
    this.#options = options;
  }

  add(spaceId: SpaceId, follower: FramesFollower): Unsubscribe {
    // One's own, so that the same one may follow twice, and let go once.
    const own = { ...follower };
    const here = this.#bySpace.get(spaceId);
    this.#bySpace.set(spaceId, [...(here ?? []), own]);
    if (here === undefined) this.#options.onFirst(spaceId);
    return () => this.#remove(spaceId, own);
  }

  of(spaceId: SpaceId): readonly FramesFollower[] {
    return this.#bySpace.get(spaceId) ?? [];
  }

  hand(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    if (frames.length === 0) return;
    for (const { take } of this.of(spaceId)) take(frames);
  }

  /** Nobody follows any more; nobody is told. */
  clear(): void {
    this.#bySpace.clear();
  }

  #remove(spaceId: SpaceId, follower: FramesFollower): void {
    const here = this.of(spaceId);
    if (!here.includes(follower)) return;
    const left = here.filter((it) => it !== follower);
    if (left.length > 0) {
      this.#bySpace.set(spaceId, left);
      return;
    }
    this.#bySpace.delete(spaceId);
    this.#options.onNone(spaceId);
  }
}
