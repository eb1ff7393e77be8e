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
  readonly #bySpace = new Map<SpaceId, Set<FramesFollower>>();

  constructor(options: FollowersOptions) {
    this.#options = options;
  }

  add(spaceId: SpaceId, follower: FramesFollower): Unsubscribe {
    let here = this.#bySpace.get(spaceId);
    const isFirst = here === undefined;
    if (here === undefined) {
      here = new Set();
      this.#bySpace.set(spaceId, here);
    }
    here.add(follower);
    if (isFirst) this.#options.onFirst(spaceId);
    return () => this.#remove(spaceId, follower);
  }

  has(spaceId: SpaceId): boolean {
    return this.#bySpace.has(spaceId);
  }

  of(spaceId: SpaceId): readonly FramesFollower[] {
    return [...(this.#bySpace.get(spaceId) ?? [])];
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
    const here = this.#bySpace.get(spaceId);
    if (here?.delete(follower) !== true || here.size > 0) return;
    this.#bySpace.delete(spaceId);
    this.#options.onNone(spaceId);
  }
}
