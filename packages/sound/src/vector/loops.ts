import {
  add,
  FunctionCode,
  type Local,
  load,
  mul,
  plus,
  spread,
  store,
  sub,
  type Vector,
} from "../guard/vector/wasm.ts";

/** Samples that the loops take at once, at most. */
export const MOST_SAMPLES = 2_048;

/** Samples before and after a point that `truePeaks` looks at. */
export const TAP_PAIRS = 12;

/** Bytes of four floats. */
const STEP = 16;

/** Where things lie in the loops' memory, bytes. */
export const PLACES = {
  /** What is worked on, in place. */
  pcm: 0,
  other: 4 * MOST_SAMPLES,
  /** Results. */
  out: 8 * MOST_SAMPLES,
  /** Of each block: its gain at the beginning, and what that grows by from sample to sample. */
  from: 12 * MOST_SAMPLES,
  step: 13 * MOST_SAMPLES,
  /** Weights of an interpolator: three vectors for each pair of samples. */
  taps: 14 * MOST_SAMPLES,
  /** How far into its block each of the first four samples is, counted for each channel. */
  ahead: 15 * MOST_SAMPLES,
  /** How much further the next four are. */
  stride: 15 * MOST_SAMPLES + STEP,
  infinity: 15 * MOST_SAMPLES + 2 * STEP,
  int16Scale: 15 * MOST_SAMPLES + 3 * STEP,
  /** The gain of `mix`, the limit of `ramps`, and less than nothing as far. */
  gain: 15 * MOST_SAMPLES + 4 * STEP,
  limit: 15 * MOST_SAMPLES + 5 * STEP,
  lowerLimit: 15 * MOST_SAMPLES + 6 * STEP,
} as const;

/** Opcodes of vectors of four floats: WebAssembly Core Specification 2.0, section 5.4.8. */
const one =
  (...op: number[]) =>
  (a: Vector): Vector => [...a, 0xfd, ...op];
const two =
  (...op: number[]) =>
  (a: Vector, b: Vector): Vector => [...a, ...b, 0xfd, ...op];
const abs = one(0xe0, 1);
const nearest = one(0x6a);
/** To whole numbers, clipped; what is no number becomes 0. */
const toI32 = one(0xf8, 1);
const isEqual = two(0x41);
const isLess = two(0x43);
const and = two(0x4e);
/** Whole numbers to 16 bits, clipped: the first four, then the second. */
const narrow = two(0x85, 1);
/** The second where it is less than (more than) the first, else the first, whatever that is. */
const lesser = two(0xea, 1);
const greater = two(0xeb, 1);
const zero: Vector = [0xfd, 0x0c, ...new Array<number>(STEP).fill(0)];

const constant = (at: number): Vector => load([0x41, 0], at);

/** Each four samples of `pcm`, from the first to what the first parameter says, bytes. */
function eachFour(f: FunctionCode, body: (i: Local) => void): void {
  const i = f.address();
  f.repeat(i, f.params[0]!.get, STEP, () => body(i));
}

/** As {@link eachFour} of each block. Parameters: 4 bytes for each block, bytes of a block. */
function eachBlock(
  f: FunctionCode,
  { begin, body, end }: Record<"begin" | "end", (block: Local) => void> & { body(i: Local): void },
): void {
  const [blocks, bytes] = f.params;
  const [block, i, blockEnd] = [f.address(), f.address(), f.address()];
  f.repeat(block, blocks!.get, 4, () => {
    f.set(blockEnd, plus(i.get, bytes!.get));
    begin(block);
    f.repeat(i, blockEnd.get, STEP, () => body(i));
    end(block);
  });
}

/** `pcm` += `other` * `gain`. */
function mix(): FunctionCode {
  const f = new FunctionCode(1);
  eachFour(f, (i) => {
    const other = mul(load(i.get, PLACES.other), constant(PLACES.gain));
    f.do(store(i.get, add(load(i.get, PLACES.pcm), other), PLACES.pcm));
  });
  return f;
}

/**
 * The greatest magnitudes of each block of `pcm` to `out`, four for each; neither infinities nor what is no
 * number count. Behind them four times nothing, which is no number where something was left out.
 */
function peaks(): FunctionCode {
  const f = new FunctionCode(2);
  const [size, most, odd, out] = [f.vector(), f.vector(), f.vector(), f.address()];
  eachBlock(f, {
    begin: () => f.set(most, zero),
    body: (i) => {
      f.set(size, abs(load(i.get, PLACES.pcm)));
      // Times nothing, all that is a finite number is nothing.
      f.set(odd, add(odd.get, mul(size.get, zero)));
      const finite = and(size.get, isLess(size.get, constant(PLACES.infinity)));
      f.set(most, greater(finite, most.get));
    },
    end: () => {
      f.do(store(out.get, most.get, PLACES.out));
      f.set(out, plus(out.get, STEP));
    },
  });
  f.do(store(out.get, odd.get, PLACES.out));
  return f;
}

/** What a straight line is at four samples: `from` and `step` of it, and how far they are from its beginning. */
function gainAt(from: Local, step: Local, ahead: Local): Vector {
  return add(from.get, mul(step.get, ahead.get));
}

/**
 * Each block of `pcm` times a gain that goes in a straight line; what is beyond the limits then is clipped, what
 * is no number becomes 0.
 */
function ramps(): FunctionCode {
  const f = new FunctionCode(2);
  const [from, step, ahead, x] = [f.vector(), f.vector(), f.vector(), f.vector()];
  eachBlock(f, {
    begin: (block) => {
      f.set(from, spread(block.get, PLACES.from));
      f.set(step, spread(block.get, PLACES.step));
      f.set(ahead, constant(PLACES.ahead));
    },
    body: (i) => {
      f.set(x, mul(load(i.get, PLACES.pcm), gainAt(from, step, ahead)));
      f.set(x, and(x.get, isEqual(x.get, x.get)));
      const most = lesser(constant(PLACES.limit), x.get);
      f.do(store(i.get, greater(constant(PLACES.lowerLimit), most), PLACES.pcm));
      f.set(ahead, add(ahead.get, constant(PLACES.stride)));
    },
    end: () => {},
  });
  return f;
}

/** `pcm` times one line, unlimited; to `out`, four sums of the squares of what is left. */
function rampPower(): FunctionCode {
  const f = new FunctionCode(1);
  const [from, step, ahead] = [f.vector(), f.vector(), f.vector()];
  const [x, sum] = [f.vector(), f.vector()];
  f.set(from, spread([0x41, 0], PLACES.from));
  f.set(step, spread([0x41, 0], PLACES.step));
  f.set(ahead, constant(PLACES.ahead));
  eachFour(f, (i) => {
    f.set(x, mul(load(i.get, PLACES.pcm), gainAt(from, step, ahead)));
    f.do(store(i.get, x.get, PLACES.pcm));
    f.set(sum, add(sum.get, mul(x.get, x.get)));
    f.set(ahead, add(ahead.get, constant(PLACES.stride)));
  });
  f.do(store([0x41, 0], sum.get, PLACES.out));
  return f;
}

/** `pcm` to whole numbers of 16 bits in `out`, rounded and clipped. */
function toInt16(): FunctionCode {
  const f = new FunctionCode(1);
  const from = f.address();
  const whole = (at: number) =>
    toI32(nearest(mul(load(from.get, PLACES.pcm + at), constant(PLACES.int16Scale))));
  eachFour(f, (i) => {
    f.do(store(i.get, narrow(whole(0), whole(STEP)), PLACES.out));
    f.set(from, plus(from.get, 2 * STEP));
  });
  return f;
}

/** What the sound is at most at each sample and between it and the next, to `out`: see `truePeakAt`. */
function truePeaks(): FunctionCode {
  const f = new FunctionCode(1);
  const first = TAP_PAIRS - 1;
  const [a, b, both] = [f.vector(), f.vector(), f.vector()];
  const [half, even, odd] = [f.vector(), f.vector(), f.vector()];
  eachFour(f, (i) => {
    const sampleAt = (at: number) => load(i.get, PLACES.pcm + 4 * at);
    for (const sum of [half, even, odd]) f.set(sum, zero);
    for (let k = 0; k < TAP_PAIRS; k += 1) {
      const weighed = (value: Vector, tap: number) =>
        mul(value, constant(PLACES.taps + STEP * (3 * k + tap)));
      f.set(a, sampleAt(first - k));
      f.set(b, sampleAt(first + 1 + k));
      f.set(both, add(a.get, b.get));
      f.set(half, add(half.get, weighed(both.get, 0)));
      f.set(even, add(even.get, weighed(both.get, 1)));
      f.set(odd, add(odd.get, weighed(sub(a.get, b.get), 2)));
    }
    const quarters = add(abs(even.get), abs(odd.get));
    const most = greater(greater(quarters, abs(half.get)), abs(sampleAt(first)));
    f.do(store(i.get, most, PLACES.out));
  });
  return f;
}

/** Each sample of `pcm` or the one so far behind it, whichever is less. Parameters: bytes, bytes between the two. */
function lesserAhead(): FunctionCode {
  const f = new FunctionCode(2);
  const distance = f.params[1]!;
  eachFour(f, (i) => {
    const far = load(plus(i.get, distance.get), PLACES.pcm);
    f.do(store(i.get, lesser(load(i.get, PLACES.pcm), far), PLACES.pcm));
  });
  return f;
}

/** All of them. Parameters, where nothing else is said: bytes of what is written. */
export function vectorLoops() {
  return {
    mix: mix(),
    peaks: peaks(),
    ramps: ramps(),
    rampPower: rampPower(),
    toInt16: toInt16(),
    truePeaks: truePeaks(),
    lesserAhead: lesserAhead(),
  };
}
