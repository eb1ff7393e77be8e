/** How much an edge takes on, by configuration. */
export interface Marks {
  /** Listeners at most; a process must be allowed some 500 descriptors more. */
  readonly listeners: number;
  /** Listeners let in a second at most: more wait for up to a second, then are sent on. */
  readonly joinsPerSecond: number;
  /** HLS listeners, as far as this edge itself serves them. */
  readonly hlsListeners: number;
}

/**
 * A process usually may hold 20,000 descriptors. The pace is for machines that get through so many
 * joins a second on one core; others are slower by themselves. An HLS listener costs ten requests a
 * second.
 */
export const DEFAULT_MARKS: Marks = {
  listeners: 18_000,
  joinsPerSecond: 8_000,
  hlsListeners: 1_000,
};

/** Who only follows room events (speakers are among them) finds room for a while above the mark. */
export const FOLLOWERS_ABOVE_MARK = 1_000;
