import {
  ByteReader,
  ByteWriter,
  decodeRelayChunks,
  encodeRelayChunks,
  isArrayOf,
  isCount,
  isObject,
  isShortText,
  type ProgramFrame,
} from "@rostra/wire";
import { RelayError } from "../errors.ts";
import type { HeardSource } from "../merge/preference.ts";
import type { StateValue } from "../relay.ts";
import type { Digest, Entry, OwnPart } from "./versioned-state.ts";

/**
 * What processes of a fleet say to each other. Sound is binary, the rest is JSON with the version
 * of these messages in front: a process skips what a later version says.
 */
export type FleetMessage =
  | { readonly kind: "set"; readonly entry: Entry }
  /** I am here, and this is what I have set; and some of those that I hear, by their short names. */
  | ({
      readonly kind: "beat";
      readonly author: string;
      readonly everyMs: number;
      /** Absent: of a version that names nobody. */
      readonly hears?: readonly number[];
    } & Digest)
  | { readonly kind: "bye"; readonly author: string }
  /** A part of what I have set. */
  | ({ readonly kind: "all-mine" } & OwnPart)
  /** By topic, on its own subject. `at` counts what the author has told. */
  | {
      readonly kind: "told";
      readonly author: string;
      readonly at: number;
      readonly value?: StateValue;
    }
  /** A part of all that stands, for a newcomer. */
  | { readonly kind: "standing"; readonly last: boolean; readonly entries: readonly Entry[] };

const VERSION = 1;
const MAX_KEY_CHARS = 300;
const MAX_AUTHOR_CHARS = 200;
/** Entries of one message. */
const MAX_ENTRIES = 2_000;
/** Processes that one beat may name. */
const MAX_NAMES = 100;
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true });

export function encodeFleetMessage(message: FleetMessage): Uint8Array {
  return utf8.encode(JSON.stringify({ v: VERSION, ...message }));
}

/**
 * @returns undefined for what a later version says
 * @throws {RelayError} `bad-message`
 */
export function decodeFleetMessage(bytes: Uint8Array): FleetMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.decode(bytes));
  } catch (cause) {
    throw new RelayError("bad-message", "a message of the fleet must be JSON", { cause });
  }
  if (!isObject(value) || !isCount(value["v"]) || typeof value["kind"] !== "string") {
    throw new RelayError("bad-message", "a message of the fleet needs a version and a kind");
  }
  if (value["v"] > VERSION || !Object.hasOwn(CHECKS, value["kind"])) return undefined;
  if (!CHECKS[value["kind"] as FleetMessage["kind"]](value)) {
    throw new RelayError("bad-message", `wrong fields in message '${value["kind"]}'`);
  }
  return value as unknown as FleetMessage;
}

const isAuthor = (value: unknown) => isShortText(value, MAX_AUTHOR_CHARS);
const CHECKS: Record<FleetMessage["kind"], (value: Record<string, unknown>) => boolean> = {
  set: ({ entry }) => isEntry(entry),
  beat: ({ author, everyMs, count, hash, mix, hears }) =>
    isAuthor(author) &&
    isCount(everyMs) &&
    everyMs > 0 &&
    isCount(count) &&
    isCount(hash) &&
    (mix === undefined || isCount(mix)) &&
    (hears === undefined || isArrayOf(hears, MAX_NAMES, isCount)),
  bye: ({ author }) => isAuthor(author),
  told: ({ author, at }) => isAuthor(author) && isCount(at),
  "all-mine": ({ author, upTo, from, to, entries }) =>
    isAuthor(author) &&
    isCount(upTo) &&
    isShortText(from, MAX_KEY_CHARS) &&
    (to === null || isShortText(to, MAX_KEY_CHARS)) &&
    isArrayOf(entries, MAX_ENTRIES, isEntry),
  standing: ({ last, entries }) =>
    typeof last === "boolean" && isArrayOf(entries, MAX_ENTRIES, isEntry),
};

function isEntry(value: unknown): value is Entry {
  return (
    isObject(value) &&
    isShortText(value["key"], MAX_KEY_CHARS) &&
    isCount(value["at"]) &&
    isAuthor(value["author"]) &&
    (value["ephemeral"] === undefined || typeof value["ephemeral"] === "boolean")
  );
}

/** @returns undefined for what are no frames */
export function decodeFrames(bytes: Uint8Array): ProgramFrame[] | undefined {
  try {
    // A copy: packets are kept for minutes, and would keep what was read with them.
    return decodeRelayChunks(bytes.slice());
  } catch {
    return undefined;
  }
}

export function encodeFrames(frames: readonly ProgramFrame[]): Uint8Array {
  return Buffer.concat(encodeRelayChunks(frames));
}

/** A question for frames: a range of at least one, or the newest number. */
export interface FramesQuestion {
  readonly from: number;
  readonly to: number;
}

/** `u64 from, u64 to`. */
export function encodeQuestion({ from, to }: FramesQuestion): Uint8Array {
  return new ByteWriter(16).u64(from).u64(to).bytes;
}

/** @throws {RelayError} `bad-message` */
export function decodeQuestion(bytes: Uint8Array): FramesQuestion {
  const reader = new ByteReader(bytes, "bad-message");
  return { from: reader.u64(), to: reader.u64() };
}

/**
 * Where the frames of an answer are from, those to be preferred first: what followers were handed,
 * what a space's first stage made, what its second made.
 */
const ORIGINS = ["played", "first", "second"] as const;
export type Origin = (typeof ORIGINS)[number];

/** The newest number that is held, and frames. */
export interface FramesAnswer {
  readonly origin: Origin;
  readonly latest: number | undefined;
  readonly frames: readonly ProgramFrame[];
}

/** `u8 origin` from 1 on, `u64 latest, frames`, or `u8 0` where nothing is held. */
export function encodeAnswer({ origin, latest, frames }: FramesAnswer): Uint8Array {
  if (latest === undefined) return new Uint8Array([0]);
  const head = new ByteWriter(9).u8(1 + ORIGINS.indexOf(origin)).u64(latest).bytes;
  return Buffer.concat([head, encodeFrames(frames)]);
}

/** @throws {RelayError} `bad-message` */
export function decodeAnswer(bytes: Uint8Array): FramesAnswer {
  const reader = new ByteReader(bytes, "bad-message");
  const head = reader.u8();
  if (head === 0) return { origin: "played", latest: undefined, frames: [] };
  const origin = ORIGINS[head - 1] ?? "second";
  const latest = reader.u64();
  return { origin, latest, frames: decodeFrames(reader.raw(reader.remaining)) ?? [] };
}

/** Answers with those to be preferred first. */
export function byOrigin(answers: readonly FramesAnswer[]): FramesAnswer[] {
  const rank = ({ origin }: FramesAnswer) => ORIGINS.indexOf(origin);
  return [...answers].sort((a, b) => rank(a) - rank(b));
}

/**
 * What stands beside frames: `term`, or of a pair `term/revision`, and in a word of its own how many
 * voices are heard in them; nothing for term 0 alone, which the version before knew.
 */
export function sourceMark({ term, revision, voices }: HeardSource): string | undefined {
  if (revision === undefined) return term === 0 ? undefined : String(term);
  return voices === undefined ? `${term}/${revision}` : `${term}/${revision} ${voices}`;
}

const MARK = /^(?<term>\d{1,15})(?:\/(?<revision>\d{1,15})(?: (?<voices>\d{1,5}))?)?$/;

/** @returns undefined for what is no mark */
export function sourceOf(mark: string | undefined, second: boolean): HeardSource | undefined {
  if (mark === undefined) return { term: 0, second };
  const { term, revision, voices } = MARK.exec(mark)?.groups ?? {};
  if (term === undefined) return undefined;
  return {
    term: Number(term),
    second,
    ...(revision !== undefined && { revision: Number(revision) }),
    ...(voices !== undefined && { voices: Number(voices) }),
  };
}
