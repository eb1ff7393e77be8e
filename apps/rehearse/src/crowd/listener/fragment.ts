import { ByteReader, FRAME_SAMPLES, WireError } from "@rostra/wire";

/** Frames that one CMAF chunk carries. Packets are views. */
export interface Fragment {
  readonly first: number;
  readonly packets: readonly Uint8Array[];
}

/** Flags of the trun: which optional fields are there (ISO/IEC 14496-12, 8.8.8). */
const TRUN = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200 } as const;
const TRUN_OTHERS = 0xc00;

/**
 * Reads a media file of fragmented Opus in MP4: each fragment's decode time and sample sizes.
 * @throws {WireError} `bad-message` for what isn't one, or lays its samples out in another way
 */
export function readFragments(bytes: Uint8Array): Fragment[] {
  const fragments: Fragment[] = [];
  let run: { first: number; sizes: number[] } | undefined;
  for (const { type, body } of boxes(bytes)) {
    if (type === "moof") run = readMoof(body);
    if (type !== "mdat" || run === undefined) continue;
    const reader = new ByteReader(body, "bad-message");
    fragments.push({ first: run.first, packets: run.sizes.map((size) => reader.raw(size)) });
    reader.end();
    run = undefined;
  }
  if (fragments.length === 0) throw new WireError("bad-message", "no sound in a media part");
  return fragments;
}

function readMoof(moof: Uint8Array): { first: number; sizes: number[] } {
  const traf = only(moof, "traf");
  const time = new ByteReader(only(traf, "tfdt"), "bad-message");
  const version = time.u32() >>> 24;
  const samples = version === 1 ? time.u64() : time.u32();
  return { first: samples / FRAME_SAMPLES, sizes: readSizes(only(traf, "trun")) };
}

function readSizes(trun: Uint8Array): number[] {
  const reader = new ByteReader(trun, "bad-message");
  const flags = reader.u32() & 0xffffff;
  const count = reader.u32();
  if ((flags & TRUN.size) === 0 || (flags & TRUN_OTHERS) !== 0) {
    throw new WireError("bad-message", "samples are not given by size");
  }
  if ((flags & TRUN.dataOffset) !== 0) reader.u32();
  if ((flags & TRUN.firstFlags) !== 0) reader.u32();
  const sizes: number[] = [];
  for (let index = 0; index < count; index += 1) {
    if ((flags & TRUN.duration) !== 0) reader.u32();
    sizes.push(reader.u32());
  }
  reader.end();
  return sizes;
}

function only(parent: Uint8Array, wanted: string): Uint8Array {
  for (const { type, body } of boxes(parent)) {
    if (type === wanted) return body;
  }
  throw new WireError("bad-message", `a fragment without ${wanted}`);
}

function* boxes(bytes: Uint8Array): Generator<{ type: string; body: Uint8Array }> {
  const reader = new ByteReader(bytes, "bad-message");
  while (reader.remaining > 0) {
    const size = reader.u32();
    const type = String.fromCharCode(...reader.raw(4));
    if (size < 8) throw new WireError("bad-message", "a box of no size");
    yield { type, body: reader.raw(size - 8) };
  }
}
