import { isCount, isObject, isOneOf, isShortText } from "./check.ts";
import type { SpaceId } from "./ids.ts";

/**
 * Keys of the state that the relay keeps and shows to every process that joins.
 * One writer each: control writes spaces, their hands, peaks and notices, and the verification key, the
 * first stage of a space its activity and timing, any stage its load and the holding loop, each edge
 * what it counts of its own listeners and its load, each process its own service entry.
 */
export const STATE_KEYS = {
  spaces: "space/",
  space: (id: SpaceId) => `space/${id}`,
  handQueues: "hands/",
  /** A HandQueue, twice a second at most. */
  handQueue: (id: SpaceId) => `hands/${id}`,
  activities: "activity/",
  activity: (id: SpaceId) => `activity/${id}`,
  /**
   * A StageTiming, ten times a second at most. A topic: told to the other stage of the pair alone, and not
   * kept. A key only for a stage that doesn't hear topics; ephemeral then.
   */
  timing: (id: SpaceId) => `timing/${id}`,
  /** The second's answer, a StageTiming too: the latest places at which it would have them all. */
  secondTiming: (id: SpaceId) => `timing-2/${id}`,
  stageLoads: "stage-load/",
  /** A StageLoad, each second; ephemeral. */
  stageLoad: (stageName: string) => `stage-load/${stageName}`,
  services: "service/",
  service: (name: string) => `service/${name}`,
  listenerCounts: "listeners/",
  listenerCount: (edgeName: string) => `listeners/${edgeName}`,
  edgeLoads: "edge-load/",
  /** An EdgeLoad, each second; ephemeral. */
  edgeLoad: (edgeName: string) => `edge-load/${edgeName}`,
  peaks: "peak/",
  /** The most that ever listened at once: a number, written by control, which keeps it for good. */
  peak: (id: SpaceId) => `peak/${id}`,
  unsavedAll: "unsaved/",
  /** An Unsaved: what control took away without its store, until it is written down. */
  unsaved: (id: SpaceId) => `unsaved/${id}`,
  notedAll: "noted/",
  /** Revision of what control notes of a space, a number: another control reads them when it grows. */
  noted: (id: SpaceId) => `noted/${id}`,
  aheadAll: "ahead/",
  /** A space as it was changed without the store, until it is written down; read by control alone. */
  ahead: (id: SpaceId) => `ahead/${id}`,
  notices: "notice/",
  /** A Notice: the hosts' last one, written by control. */
  notice: (id: SpaceId) => `notice/${id}`,
  hiddenNamesAll: "hidden/",
  /** HiddenNames: whose names hosts keep off the people list, written by control. */
  hiddenNames: (id: SpaceId) => `hidden/${id}`,
  raids: "raid/",
  /** A Raid, by the space whose audience goes; written by control, any of which takes it away. */
  raid: (from: SpaceId) => `raid/${from}`,
  audiences: "audience/",
  /** An EdgeAudience, once a second at most. */
  audience: (id: SpaceId, edgeName: string) => `audience/${id}/${edgeName}`,
  reactionTotals: "reactions/",
  /** ReactionCounts since the edge began, four times a second at most: others add the difference. */
  reactionTotal: (id: SpaceId, edgeName: string) => `reactions/${id}/${edgeName}`,
  people: "people/",
  /** An EdgePeople, every two seconds at most. */
  peopleOf: (id: SpaceId, edgeName: string) => `people/${id}/${edgeName}`,
  /** The holding sound as packets, so that an edge can go on while no stage lives. */
  holdingLoop: "holding-loop",
  /** Public half of the key that signs tokens, as a JWK. */
  verificationKey: "verification-key",
} as const;

/**
 * Of what processes tell each other. It grows only with a change that the version before can't read
 * over: docs/protocol/versions.md says which those are, and how such a change is made in two steps.
 */
export const FLEET_VERSION = 1;

export const ROLES = ["control", "stage", "edge"] as const;
/** What a process does. */
export type Role = (typeof ROLES)[number];

/** A process that is ready, for as long as its connection to the relay stands. */
export interface Service {
  readonly role: Role;
  /** Unique in the fleet, stable through restarts: `stage-1`. */
  readonly name: string;
  /** Base of its internal HTTP listener, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  /** Its {@link FLEET_VERSION}; absent: 1. Neighbours understand each other. */
  readonly version?: number;
  /** True while it goes: nobody new is sent to it. Absent: it stays. */
  readonly isDraining?: boolean;
  /** Of a stage: it hears what is told by topic (`Relay.tell`). Absent: by keys of the shared state alone. */
  readonly hearsTopics?: boolean;
  /** Of a control: it can decide for a space without the store. Absent: it can't. */
  readonly decides?: boolean;
}

export function isService(value: unknown): value is Service {
  return (
    isObject(value) &&
    isOneOf(value["role"], ROLES) &&
    isShortText(value["name"], 100) &&
    isShortText(value["url"], 300) &&
    isCount(value["pid"]) &&
    (value["version"] === undefined || isCount(value["version"])) &&
    (value["isDraining"] === undefined || typeof value["isDraining"] === "boolean") &&
    (value["hearsTopics"] === undefined || typeof value["hearsTopics"] === "boolean") &&
    (value["decides"] === undefined || typeof value["decides"] === "boolean")
  );
}

/** What one edge counts: listeners by space. Spaces without listeners are left out. */
export type EdgeListenerCounts = Readonly<Record<SpaceId, number>>;

export function isEdgeListenerCounts(value: unknown): value is EdgeListenerCounts {
  return isObject(value) && Object.values(value).every(isCount);
}

/** The holding sound: base64 Opus packets; frame n carries packet n modulo their count. */
export interface HoldingLoop {
  readonly packets: readonly string[];
  /** The thin rendition of each, where there is one. */
  readonly thin?: readonly string[];
}

export function isHoldingLoop(value: unknown): value is HoldingLoop {
  return (
    isObject(value) &&
    Array.isArray(value["packets"]) &&
    value["packets"].length > 0 &&
    value["packets"].every((packet) => typeof packet === "string") &&
    (value["thin"] === undefined ||
      (Array.isArray(value["thin"]) &&
        value["thin"].length === value["packets"].length &&
        value["thin"].every((packet) => typeof packet === "string")))
  );
}
