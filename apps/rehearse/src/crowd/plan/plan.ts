import { type CrowdOptions, PROTOCOLS } from "./options.ts";
import { deal, shuffle } from "./spread.ts";
import { isLoopback } from "./target.ts";

/** How a listener behaves. `thin` and `slow` are there to be in the way: they are judged apart. */
export const BEHAVIOURS = ["steady", "thin", "slow"] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** Who is of one kind, for the report: by protocol, and those in the way apart. */
export const GROUPS = ["ws", "ogg", "hls", "thin", "slow"] as const;
export type Group = (typeof GROUPS)[number];

/** What one process does. Arrays have one entry for each of its listeners. */
export interface ProcessPlan {
  /** Index into PROTOCOLS. */
  readonly protocols: Uint8Array;
  /** Index into BEHAVIOURS. */
  readonly behaviours: Uint8Array;
  /** 1 where it decodes. */
  readonly decodes: Uint8Array;
  /** When it comes, ms after the start, ascending. */
  readonly startsMs: Float64Array;
  /** Where connections come from; empty: as the system likes. */
  readonly addresses: readonly string[];
  /** Connections that may be under way at once. */
  readonly inFlight: number;
  /** Whether each keeps a link in waiting at another edge. */
  readonly standsBy: boolean;
}

export interface Machine {
  readonly cores: number;
  /** Files that one process may have open. */
  readonly descriptors: number;
}

/** Listeners in one process: a process holds at most 20,000 descriptors in many places. */
const PROCESS_LISTENERS = 18_000;
/** Descriptors that a process needs for itself. */
const OWN_DESCRIPTORS = 200;
/** Below this a second process costs more than it brings. */
const WORTH_A_PROCESS = 1_000;
const LISTENERS_PER_ADDRESS = 1_000;
/** Multiples of it, without their whole part, are spread evenly and never in step. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** In a storm; as many as load generators commonly have under way. All processes together. */
const STORM_IN_FLIGHT = 1_000;
const MAX_ADDRESSES = 250;

/** When listener `index` of all comes, ms after the start. */
export function startOf(options: Pick<CrowdOptions, "ramp" | "listeners">, index: number): number {
  return (index * rampMs(options)) / options.listeners;
}

/** How long arriving takes as planned, ms. */
export function rampMs({ ramp }: Pick<CrowdOptions, "ramp">): number {
  return ramp.kind === "steady" ? ramp.seconds * 1_000 : 0;
}

/** Who does what, in which process. Follows from the options alone: each run is like the last. */
export function planCrowd(options: CrowdOptions, machine: Machine): ProcessPlan[] {
  const { listeners } = options;
  const count = processCount(options, machine);
  const { mix } = options;
  const protocols = deal(
    listeners,
    PROTOCOLS.map((protocol) => mix[protocol]),
  );
  const steady = 1 - options.thin - options.slow;
  const behaviours = shuffle(deal(listeners, [steady, options.thin, options.slow]));
  const decodes = chooseSample(options.decode, protocols, behaviours);
  const addresses = addressesFor(options);
  return Array.from({ length: count }, (_, process) => {
    // Every process takes each nth listener, so that all of them are in the ramp from its start.
    const mine: number[] = [];
    for (let index = process; index < listeners; index += count) mine.push(index);
    return {
      protocols: Uint8Array.from(mine, (index) => protocols[index]!),
      behaviours: Uint8Array.from(mine, (index) => behaviours[index]!),
      decodes: Uint8Array.from(mine, (index) => decodes[index]!),
      startsMs: Float64Array.from(mine, (index) => startOf(options, index)),
      addresses: addresses.filter((_address, at) => at % count === process % addresses.length),
      inFlight: Math.ceil(STORM_IN_FLIGHT / count),
      standsBy: options.standby && 2 * mine.length <= descriptorsOf(machine),
    };
  });
}

/** For connections. */
function descriptorsOf(machine: Machine): number {
  return Math.min(PROCESS_LISTENERS, machine.descriptors - OWN_DESCRIPTORS);
}

function processCount({ listeners, processes }: CrowdOptions, machine: Machine): number {
  const each = Math.max(1, descriptorsOf(machine));
  const needed = Math.ceil(listeners / each);
  const worth = Math.min(machine.cores, Math.ceil(listeners / WORTH_A_PROCESS));
  return Math.min(listeners, Math.max(needed, processes ?? worth));
}

/** A sample of those who should hear everything: as many of each protocol as there are. */
function chooseSample(size: number, protocols: Uint8Array, behaviours: Uint8Array): Uint8Array {
  const chosen = new Uint8Array(protocols.length);
  const waiting = PROTOCOLS.map((_, protocol) => {
    const members: number[] = [];
    for (let index = 0; index < protocols.length; index += 1) {
      if (protocols[index] === protocol && behaviours[index] === 0) members.push(index);
    }
    return members;
  });
  let left = Math.min(
    size,
    waiting.reduce((sum, members) => sum + members.length, 0),
  );
  const wanted = waiting.map(() => 0);
  while (left > 0) {
    for (const [protocol, members] of waiting.entries()) {
      if (left === 0 || wanted[protocol]! >= members.length) continue;
      wanted[protocol]! += 1;
      left -= 1;
    }
  }
  for (const [protocol, members] of waiting.entries()) {
    const count = wanted[protocol]!;
    // Spread over the whole ramp, as the first to come have it easiest; and at uneven distances, or
    // all of them might be in one process.
    for (let at = 0; at < count; at += 1) {
      const from = Math.floor((at * members.length) / count);
      const to = Math.floor(((at + 1) * members.length) / count);
      chosen[members[from + Math.floor(((at * GOLDEN) % 1) * (to - from))]!] = 1;
    }
  }
  return chosen;
}

/** A port number is free only once per source address: a big crowd on loopback needs several. */
function addressesFor({ target, listeners, addresses }: CrowdOptions): string[] {
  if (!isLoopback(target.host)) return [];
  const count = Math.min(
    MAX_ADDRESSES,
    addresses ?? Math.max(4, Math.ceil(listeners / LISTENERS_PER_ADDRESS)),
  );
  return Array.from({ length: count }, (_, at) => `127.0.0.${at + 1}`);
}
