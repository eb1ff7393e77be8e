import type { Profiler } from "node:inspector";

/** Where the time of the JavaScript thread goes. */
export type Part =
  | "decode"
  | "encode"
  | "jitter"
  | "mix"
  | "transport"
  | "relay"
  | "garbage"
  | "rest";

/** Share of the busy time of the thread, 0 to 1, all together 1. */
export type ProfileShares = Readonly<Record<Part, number>>;

interface Frame {
  readonly name: string;
  readonly url: string;
}

/** First match, from the innermost call outwards. */
const RULES: readonly (readonly [Part, (frame: Frame) => boolean])[] = [
  ["garbage", ({ name }) => name === "(garbage collector)"],
  ["encode", ({ url }) => url.endsWith("encode/native-opus.ts")],
  ["encode", ({ name, url }) => url.endsWith("opus/libopus.ts") && /encode/i.test(name)],
  ["decode", ({ url }) => url.endsWith("opus/libopus.ts")],
  ["transport", ({ url }) => /node-datachannel|stage\/src\/(transport|speaker\/session)/.test(url)],
  ["jitter", ({ url }) => /stage\/src\/(jitter|speaker)\/|resample|sample-fifo/.test(url)],
  ["relay", ({ url }) => /packages\/relay\//.test(url)],
  ["mix", ({ url }) => /packages\/(stage|sound)\//.test(url)],
];

/** Attributes each sample of a V8 CPU profile to the part of the stage that it was taken in. */
export function sharesOf(profile: Profiler.Profile): ProfileShares {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const node of profile.nodes) {
    for (const child of node.children ?? []) parents.set(child, node.id);
  }
  const parts = new Map<number, Part | "idle">();
  const partOf = (id: number): Part | "idle" => {
    const known = parts.get(id);
    if (known !== undefined) return known;
    const part = judge(id);
    parts.set(id, part);
    return part;
  };
  const judge = (leaf: number): Part | "idle" => {
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const { functionName: name, url } = nodes.get(id)!.callFrame;
      if (name === "(idle)") return "idle";
      const rule = RULES.find(([, matches]) => matches({ name, url }));
      if (rule !== undefined) return rule[0];
    }
    return "rest";
  };
  const times: Record<Part, number> = {
    decode: 0,
    encode: 0,
    jitter: 0,
    mix: 0,
    transport: 0,
    relay: 0,
    garbage: 0,
    rest: 0,
  };
  const { samples = [], timeDeltas = [] } = profile;
  for (const [index, id] of samples.entries()) {
    const part = partOf(id);
    // A delta stands before its sample: what a sample stands for is the time until the next.
    if (part !== "idle") times[part] += Math.max(0, timeDeltas[index + 1] ?? 0);
  }
  const total = Object.values(times).reduce((sum, time) => sum + time, 0);
  return Object.fromEntries(
    Object.entries(times).map(([part, time]) => [part, time / Math.max(1, total)]),
  ) as unknown as ProfileShares;
}
