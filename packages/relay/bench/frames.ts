/**
 * What a frame costs that a process remembers: ten minutes of a space, as they come over the
 * relay, held (five in a message, as of an empty space) and with a voice (one in a message).
 *
 *     npm run bench:frames
 *
 * Three seconds. Ends with 1 where a held frame costs more than 5 bytes, or another more than 40 over its
 * packets.
 */
import { HoldingTables, LIMITS, type ProgramFrame } from "@rostra/wire";
import { decodeFrames, encodeFrames } from "../src/fleet/message.ts";
import { SpaceMemory } from "../src/frame-memory.ts";

const SPACES = 4;
const LOOP_PACKETS = 500;
const THIN_BYTES = 40;
const MOST_HELD_BYTES = 5;
const MOST_OVERHEAD_BYTES = 40;
const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Case {
  readonly name: string;
  readonly holding: boolean;
  readonly packetBytes: number;
  readonly perMessage: number;
}

/** The loop comes again, a voice never does. */
function frameOf(number: number, { holding, packetBytes }: Case): ProgramFrame {
  const seed = holding ? number % LOOP_PACKETS : number;
  const filled = (bytes: number) =>
    new Uint8Array(bytes).map((_, at) => (seed >> (8 * (at & 3))) ^ at);
  return { number, packet: filled(packetBytes), thin: filled(THIN_BYTES), holding };
}

function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error("run it with node --expose-gc");
  // Array buffers go a round after what holds them.
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function fill(memory: SpaceMemory, it: Case): void {
  for (let from = 0; from < LIMITS.ringFrames; from += it.perMessage) {
    const made = Array.from({ length: it.perMessage }, (_, at) => frameOf(from + at, it));
    for (const frame of decodeFrames(encodeFrames(made)) ?? []) memory.add(frame);
  }
}

/** Bytes of heap and array buffers a frame, in every further space of a process. */
function costOf(it: Case): number {
  const tables = new HoldingTables();
  const [first, ...further] = Array.from({ length: 1 + SPACES }, () => new SpaceMemory(tables));
  fill(first!, it);
  const before = usedBytes();
  for (const memory of further) fill(memory, it);
  const cost = (usedBytes() - before) / LIMITS.ringFrames / SPACES;
  // Also keeps them until here.
  if (further.some(({ latest }) => latest !== LIMITS.ringFrames - 1)) throw new Error("not full");
  return cost;
}

const cases: readonly Case[] = [
  { name: "held", holding: true, packetBytes: 80, perMessage: 5 },
  { name: "voice", holding: false, packetBytes: 80, perMessage: 1 },
  { name: "voice", holding: false, packetBytes: 160, perMessage: 1 },
];
say("| frame | packets, bytes | bytes a frame | ten minutes of 1,000 spaces, MB |");
say("|---|---|---|---|");
let isThrifty = true;
for (const it of cases) {
  const bytes = costOf(it);
  const most = it.holding ? MOST_HELD_BYTES : it.packetBytes + THIN_BYTES + MOST_OVERHEAD_BYTES;
  if (bytes > most) isThrifty = false;
  const spacesMb = (bytes * LIMITS.ringFrames * 1_000) / 1e6;
  const packets = `${it.packetBytes} and ${THIN_BYTES}`;
  say(`| ${it.name} | ${packets} | ${bytes.toFixed(1)} | ${Math.round(spacesMb)} |`);
}
if (!isThrifty) say("broken: a frame costs more than it should");
process.exit(isThrifty ? 0 : 1);
