import { parseArgs } from "node:util";
import { CrowdError } from "../errors.ts";
import { parseTarget, type Target } from "./target.ts";

export const PROTOCOLS = ["ws", "ogg", "hls"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How listeners arrive: evenly over some seconds, or all at once. */
export type Ramp =
  | { readonly kind: "steady"; readonly seconds: number }
  | { readonly kind: "storm" };

export interface CrowdOptions {
  readonly target: Target;
  /** Other addresses of the same space: listeners are spread over all, and try the next. */
  readonly via: readonly Target[];
  readonly listeners: number;
  /** Shares of the protocols; they add up to 1. */
  readonly mix: Readonly<Record<Protocol, number>>;
  readonly ramp: Ramp;
  /** How long the crowd stays when all should have come, minutes. */
  readonly minutes: number;
  /** Share of listeners on a thin link, 0 to 1. */
  readonly thin: number;
  /** Share of listeners that stop reading, 0 to 1. */
  readonly slow: number;
  /** Halfway, all leave at once and come back at once. */
  readonly regroup: boolean;
  /** Each keeps a link in waiting at another edge, where there is one. */
  readonly standby: boolean;
  /** Listeners that decode what they get. */
  readonly decode: number;
  /** Processes; undefined: as many as the crowd needs. */
  readonly processes: number | undefined;
  /** Source addresses on loopback; undefined: as many as the crowd needs. */
  readonly addresses: number | undefined;
  /** Take any certificate. */
  readonly insecure: boolean;
  readonly jsonFile: string | undefined;
  readonly htmlFile: string | undefined;
}

/** A million here is a typing error: more needs several machines. */
const MAX_LISTENERS = 1_000_000;
/** Frames of a day stay exact; nobody waits longer for a report. */
const MAX_MINUTES = 1_440;
/** Each keeps its frames until they are compared: about 0.5 MB. */
const MAX_DECODE = 1_000;
const MAX_PROCESSES = 64;
/** One a listener on 127.0.0.1 to 127.0.0.250. */
const MAX_ADDRESSES = 250;

export const USAGE = `rostra crowd LINK [options]: real listeners for a space, from this machine

  LINK                   a space's link, such as http://localhost:7070/s/0123456789abcdef
  --listeners N          how many (default 100)
  --protocol WHICH       ws, ogg or hls, or a mix: ws:80,ogg:15,hls:5 (default ws)
  --ramp HOW             steady:SECONDS, or storm: all at once (default steady:10)
  --via LINK             another address of the space, as often as wanted: as a name with several
  --minutes M            how long they stay when all have come (default 1)
  --thin SHARE           share on a link of 20 kbit/s, 0 to 1 (default 0)
  --slow SHARE           share that stops reading after five seconds, 0 to 1 (default 0)
  --regroup              halfway, all leave at once and come back at once
  --no-standby           no links in waiting: whose edge dies connects to another one then
  --decode SAMPLE        how many decode what they hear, to compare it with the program (default 10)
  --json FILE            write the report as JSON
  --html FILE            write the report as a page with plots
  --processes P          how many processes (default: one a core, and 18,000 listeners in each at most)
  --addresses A          loopback addresses to come from, 1 to 250 (default: one for 1,000 listeners)
  --insecure             take any certificate
  --help                 this text
`;

/**
 * @param args what stands after `crowd` on the command line
 * @returns "help" where it was asked for
 * @throws {CrowdError} `bad-option` on the first one that can't be used
 */
export function parseOptions(args: readonly string[]): CrowdOptions | "help" {
  const { values, positionals } = readArguments(args);
  if (values.help) return "help";
  const [link, ...others] = positionals;
  if (link === undefined) bad("a space's link is missing; --help shows how");
  if (others.length > 0) bad(`one link is enough: '${others[0]}' is too much`);
  const listeners = whole("listeners", values.listeners, 1, MAX_LISTENERS) ?? 100;
  const [thin, slow] = [share("thin", values.thin), share("slow", values.slow)];
  if (thin + slow > 1) bad("--thin and --slow can't be more than 1 together");
  return {
    target: parseTarget(link),
    via: parseVia(link, values.via ?? []),
    listeners,
    mix: parseMix(values.protocol ?? "ws"),
    ramp: parseRamp(values.ramp ?? "steady:10"),
    minutes: positive("minutes", values.minutes, MAX_MINUTES) ?? 1,
    thin,
    slow,
    regroup: values.regroup ?? false,
    standby: !(values["no-standby"] ?? false),
    decode: Math.min(listeners, whole("decode", values.decode, 0, MAX_DECODE) ?? 10),
    processes: whole("processes", values.processes, 1, MAX_PROCESSES),
    addresses: whole("addresses", values.addresses, 1, MAX_ADDRESSES),
    insecure: values.insecure ?? false,
    jsonFile: values.json,
    htmlFile: values.html,
  };
}

function readArguments(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        listeners: text,
        protocol: text,
        via: { type: "string", multiple: true },
        ramp: text,
        minutes: text,
        thin: text,
        slow: text,
        decode: text,
        json: text,
        html: text,
        processes: text,
        addresses: text,
        regroup: { type: "boolean" },
        "no-standby": { type: "boolean" },
        insecure: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (cause) {
    // Node's message goes on with advice of its own after the first sentence.
    const message = cause instanceof Error ? cause.message : String(cause);
    const [first] = message.split(/\. |\n/);
    throw new CrowdError("bad-option", `${first}; --help shows what there is`, { cause });
  }
}

/** @throws {CrowdError} `bad-option` where one names another space */
function parseVia(link: string, others: readonly string[]): Target[] {
  const { spaceId } = parseTarget(link);
  return others.map((other) => {
    const target = parseTarget(other);
    if (target.spaceId !== spaceId) bad(`--via must be of the same space, not '${other}'`);
    return target;
  });
}

function bad(message: string): never {
  throw new CrowdError("bad-option", message);
}

function whole(name: string, text: string | undefined, min: number, max: number) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    bad(`--${name} must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}

function positive(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > max) {
    bad(`--${name} must be a number above 0, at most ${max}, not '${text}'`);
  }
  return value;
}

function share(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > 1) {
    bad(`--${name} must be a share from 0 to 1, not '${text}'`);
  }
  return value;
}

function parseRamp(text: string): Ramp {
  if (text === "storm") return { kind: "storm" };
  const seconds = /^steady:(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (seconds === undefined) bad(`--ramp must be steady:SECONDS or storm, not '${text}'`);
  return { kind: "steady", seconds: Number(seconds) };
}

/** `ogg`, or parts with weights: `ws:80,ogg:20`. */
function parseMix(text: string): Record<Protocol, number> {
  const mix: Record<Protocol, number> = { ws: 0, ogg: 0, hls: 0 };
  for (const part of text.split(",")) {
    const match = /^(ws|ogg|hls)(?::(\d+(?:\.\d+)?))?$/.exec(part.trim());
    if (match === null) {
      bad(`--protocol must be ws, ogg or hls, or a mix such as ws:80,ogg:20, not '${text}'`);
    }
    mix[match[1] as Protocol] += match[2] === undefined ? 1 : Number(match[2]);
  }
  const sum = mix.ws + mix.ogg + mix.hls;
  if (sum <= 0) bad(`--protocol needs a weight above 0, not '${text}'`);
  return { ws: mix.ws / sum, ogg: mix.ogg / sum, hls: mix.hls / sum };
}
