import type { Ear } from "../heard/ear.ts";
import type { Protocol } from "../plan/options.ts";
import type { Behaviour } from "../plan/plan.ts";
import type { Tally } from "../stats/tally.ts";
import type { Breaks } from "./breaks.ts";
import type { Connector } from "./connector.ts";
import type { Listener } from "./listener.ts";
import type { Pulse } from "./pulse.ts";
import type { Signpost } from "./signpost.ts";

/** What all listeners of a process share. */
export interface Ground {
  readonly connector: Connector;
  /** Where there is room, for those who have found none. */
  readonly signpost: Signpost;
  readonly pulse: Pulse;
  readonly breaks: Breaks;
  /** Whether links in waiting are kept: there are descriptors for twice as many. */
  readonly standsBy: boolean;
  /** Called when a connection has been answered, or given up. */
  readonly settled: () => void;
  /** Called when a listener wants to be started again, at its `dueMs`. */
  readonly returns: (listener: Listener) => void;
}

export interface ListenerOptions {
  readonly ground: Ground;
  readonly protocol: Protocol;
  readonly behaviour: Behaviour;
  readonly tally: Tally;
  /** Where it comes from; undefined: as the system likes. */
  readonly address: string | undefined;
  /** Undefined for those who only count. */
  readonly ear: Ear | undefined;
  /** Which of the server's addresses it tries first. */
  readonly home: number;
}
