/** What a relay tells of itself to whoever counts: see `rostra_relay_*` in the server's metrics. */
export interface RelayObserver {
  /** Frames that came in, copies included. @param path over which: a server or cluster */
  received(path: string, source: "first" | "second", frames: number): void;
  /** Frames that the followed stage left out, and the other of the pair had. */
  filled(frames: number): void;
  /** The other stage of a pair is followed from now on. */
  crossed(to: "first" | "second"): void;
  /** Frames of a stage that has been replaced: nobody hears them. */
  fenced(frames: number): void;
  /** This process hears others, and none of them hears it: its links are cut one way. */
  unheard(isUnheard: boolean): void;
  /** A server or cluster can be reached, or no longer. */
  path(name: string, isConnected: boolean): void;
}

export const NOBODY_OBSERVES: RelayObserver = {
  received: () => {},
  filled: () => {},
  crossed: () => {},
  fenced: () => {},
  unheard: () => {},
  path: () => {},
};
