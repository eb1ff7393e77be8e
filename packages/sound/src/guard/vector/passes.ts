import {
  type Address,
  add,
  type Code,
  FunctionCode,
  type Local,
  load,
  minus,
  mul,
  pick,
  plus,
  spread,
  store,
  sub,
  type Vector,
} from "./wasm.ts";

/**
 * The passes of a Fourier transform of real sound, four values at a time. It is Stockham's (W. Cochran et
 * al., "What is the Fast Fourier Transform?", Proceedings of the IEEE 55(10), 1967), by four: each pass
 * reads one buffer and writes the other, in an order in which neighbours stay neighbours, so nothing is
 * reversed and a vector never has to be picked together but in the first pass.
 *
 * Complex values lie in two planes, imaginary parts `plane` bytes after the real ones. All lengths and
 * addresses are in bytes.
 */
export function fourierPasses() {
  return {
    first: firstPass(),
    pass: laterPass(),
    pairs: pairsPass(),
    split: splitPass(),
    merge: mergePass(),
    weave: weavePass(),
  };
}

interface Complex {
  readonly re: Local;
  readonly im: Local;
}

const EVENS = [0, 2, 4, 6];
const ODDS = [1, 3, 5, 7];
const REVERSED = [3, 2, 1, 0];

function complex(f: FunctionCode): Complex {
  return { re: f.vector(), im: f.vector() };
}

/** Four points of a transform by four; in their place their sums, the last three turned. */
function butterfly(
  f: FunctionCode,
  [a, b, c, d]: readonly [Complex, Complex, Complex, Complex],
  turns: readonly [Complex, Complex, Complex],
): void {
  const [sum, less, odd, turn] = [complex(f), complex(f), complex(f), complex(f)];
  f.set(sum.re, add(a.re.get, c.re.get));
  f.set(sum.im, add(a.im.get, c.im.get));
  f.set(less.re, sub(a.re.get, c.re.get));
  f.set(less.im, sub(a.im.get, c.im.get));
  f.set(odd.re, add(b.re.get, d.re.get));
  f.set(odd.im, add(b.im.get, d.im.get));
  f.set(turn.re, sub(d.im.get, b.im.get));
  f.set(turn.im, sub(b.re.get, d.re.get));
  f.set(a.re, add(sum.re.get, odd.re.get));
  f.set(a.im, add(sum.im.get, odd.im.get));
  for (const [to, x, y, combine] of [
    [b, less, turn, sub],
    [c, sum, odd, sub],
    [d, less, turn, add],
  ] as const) {
    f.set(to.re, combine(x.re.get, y.re.get));
    f.set(to.im, combine(x.im.get, y.im.get));
  }
  for (const [i, value] of [b, c, d].entries()) turned(f, value, turns[i]!, sum);
}

function turned(f: FunctionCode, value: Complex, by: Complex, spare: Complex): void {
  f.set(spare.re, value.re.get);
  f.set(value.re, sub(mul(spare.re.get, by.re.get), mul(value.im.get, by.im.get)));
  f.set(value.im, add(mul(spare.re.get, by.im.get), mul(value.im.get, by.re.get)));
}

/** What is read lies as sound does, real and imaginary parts in turn. `quarter`: 4 bytes each point. */
function firstPass(): FunctionCode {
  const f = new FunctionCode(5);
  const [from, to, plane, quarter, turns] = f.params;
  const [p, at, table, out] = [f.address(), f.address(), f.address(), f.address()];
  const points = [complex(f), complex(f), complex(f), complex(f)] as const;
  const by = [complex(f), complex(f), complex(f)] as const;
  f.set(out, to.get);
  f.repeat(p, quarter.get, 16, () => {
    f.set(at, plus(plus(from.get, p.get), p.get));
    for (const { re, im } of points) {
      f.set(re, pick(load(at.get), load(at.get, 16), EVENS));
      f.set(im, pick(load(at.get), load(at.get, 16), ODDS));
      f.set(at, plus(plus(at.get, quarter.get), quarter.get));
    }
    f.set(table, plus(turns.get, p.get));
    for (const { re, im } of by) {
      f.set(re, load(table.get));
      f.set(table, plus(table.get, quarter.get));
      f.set(im, load(table.get));
      f.set(table, plus(table.get, quarter.get));
    }
    butterfly(f, points, by);
    const [a, b, c, d] = points;
    storeRows(f, out.get, [a.re, b.re, c.re, d.re]);
    storeRows(f, plus(out.get, plane.get), [a.im, b.im, c.im, d.im]);
    f.set(out, plus(out.get, 64));
  });
  return f;
}

/** Four vectors as the columns of a square whose rows lie one after the other. */
function storeRows(f: FunctionCode, at: Address, [a, b, c, d]: readonly Local[]): void {
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ] as const;
  for (const [i, half] of [low, high].entries()) {
    const left = pick(a!.get, b!.get, half);
    const right = pick(c!.get, d!.get, half);
    f.do(store(at, pick(left, right, [0, 1, 4, 5]), 32 * i));
    f.do(store(at, pick(left, right, [2, 3, 6, 7]), 32 * i + 16));
  }
}

/** `row`: bytes that one turn counts for, 16 and more; `quarter`: from one point to the next. */
function laterPass(): FunctionCode {
  const f = new FunctionCode(7);
  const [from, to, plane, row, quarter, turns, turnsEnd] = f.params;
  const [q, at, out, back] = [f.address(), f.address(), f.address(), f.address()];
  const points = [complex(f), complex(f), complex(f), complex(f)] as const;
  const by = [complex(f), complex(f), complex(f)] as const;
  f.repeat(turns, turnsEnd.get, 24, () => {
    for (const [i, { re, im }] of by.entries()) {
      f.set(re, spread(turns.get, 8 * i));
      f.set(im, spread(turns.get, 8 * i + 4));
    }
    f.set(q, [0x41, 0]);
    f.repeat(q, row.get, 16, () => {
      f.set(at, plus(from.get, q.get));
      for (const { re, im } of points) {
        f.set(re, load(at.get));
        f.set(im, load(plus(at.get, plane.get)));
        f.set(at, plus(at.get, quarter.get));
      }
      butterfly(f, points, by);
      f.set(out, plus(to.get, q.get));
      for (const { re, im } of points) {
        f.do(store(out.get, re.get), store(plus(out.get, plane.get), im.get));
        f.set(out, plus(out.get, row.get));
      }
    });
    f.set(from, plus(from.get, row.get));
    f.set(back, plus(row.get, row.get));
    f.set(to, plus(plus(to.get, back.get), back.get));
  });
  return f;
}

/** The last pass of a size that is no power of four. */
function pairsPass(): FunctionCode {
  const f = new FunctionCode(4);
  const [from, to, plane, row] = f.params;
  const [q, x, y] = [f.address(), f.address(), f.address()];
  const [a, b] = [f.vector(), f.vector()];
  f.repeat(q, row.get, 16, () => {
    f.set(x, plus(from.get, q.get));
    f.set(y, plus(to.get, q.get));
    for (let part = 0; part < 2; part += 1) {
      f.set(a, load(x.get));
      f.set(b, load(plus(x.get, row.get)));
      f.do(store(y.get, add(a.get, b.get)));
      f.do(store(plus(y.get, row.get), sub(a.get, b.get)));
      f.set(x, plus(x.get, plane.get));
      f.set(y, plus(y.get, plane.get));
    }
  });
  return f;
}

/** Value `k` of a spectrum and the one that mirrors it: their halves' sums and differences. */
function mirrored(f: FunctionCode, [from, plane, half, k]: readonly Local[], halves: Vector) {
  const [there, value, mirror] = [f.address(), complex(f), complex(f)];
  const here = plus(from!.get, k!.get);
  f.set(value.re, mul(load(here), halves));
  f.set(value.im, mul(load(plus(here, plane!.get)), halves));
  f.set(there, minus(plus(from!.get, half!.get), plus(k!.get, 12)));
  const reversed = (at: Code) => mul(pick(load(at), load(at), REVERSED), halves);
  f.set(mirror.re, reversed(there.get));
  f.set(mirror.im, reversed(plus(there.get, plane!.get)));
  return { value, mirror };
}

/** The transform of real sound from that of its packed halves: all but the first value. */
function splitPass(): FunctionCode {
  const f = new FunctionCode(6);
  const [from, to, plane, half, turns, scale] = f.params;
  const [k, out, halves] = [f.address(), f.address(), f.vector()];
  const [odd, by] = [complex(f), complex(f)];
  f.set(halves, spread(scale!.get));
  f.set(k, [0x41, 4]);
  f.repeat(k, half!.get, 16, () => {
    const { value, mirror } = mirrored(f, [from!, plane!, half!, k], halves.get);
    loadTurns(f, by, turns!, plane!, k);
    f.set(odd.re, add(value.im.get, mirror.im.get));
    f.set(odd.im, sub(mirror.re.get, value.re.get));
    turned(f, odd, by, complex(f));
    f.set(out, plus(to!.get, k.get));
    f.do(store(out.get, add(add(value.re.get, mirror.re.get), odd.re.get)));
    const im = add(sub(value.im.get, mirror.im.get), odd.im.get);
    f.do(store(plus(out.get, plane!.get), im));
  });
  return f;
}

/** The inverse of `split`, conjugated and woven, for the first pass to read. */
function mergePass(): FunctionCode {
  const f = new FunctionCode(6);
  const [from, to, plane, half, turns, scale] = f.params;
  const [k, out, halves] = [f.address(), f.address(), f.vector()];
  const [even, odd, by] = [complex(f), complex(f), complex(f)];
  f.set(halves, spread(scale!.get));
  f.repeat(k, half!.get, 16, () => {
    const { value, mirror } = mirrored(f, [from!, plane!, half!, k], halves.get);
    loadTurns(f, by, turns!, plane!, k);
    f.set(even.re, add(value.re.get, mirror.re.get));
    f.set(even.im, sub(value.im.get, mirror.im.get));
    f.set(odd.re, sub(value.re.get, mirror.re.get));
    f.set(odd.im, add(value.im.get, mirror.im.get));
    // Turned back: by the conjugate.
    f.set(value.re, add(mul(odd.re.get, by.re.get), mul(odd.im.get, by.im.get)));
    f.set(value.im, sub(mul(odd.im.get, by.re.get), mul(odd.re.get, by.im.get)));
    f.set(even.re, sub(even.re.get, value.im.get));
    f.set(even.im, sub(sub(even.im.get, add(even.im.get, even.im.get)), value.re.get));
    f.set(out, plus(plus(to!.get, k.get), k.get));
    f.do(...woven(out.get, even.re.get, even.im.get));
  });
  return f;
}

function loadTurns(f: FunctionCode, by: Complex, turns: Local, plane: Local, k: Local): void {
  f.set(by.re, load(plus(turns.get, k.get)));
  f.set(by.im, load(plus(plus(turns.get, plane.get), k.get)));
}

/** Two vectors in turn. */
function woven(at: Address, first: Vector, second: Vector): Code[] {
  return [
    store(at, pick(first, second, [0, 4, 1, 5])),
    store(at, pick(first, second, [2, 6, 3, 7]), 16),
  ];
}

/** Sound from the packed halves: real parts and, with the other sign, imaginary ones, scaled. */
function weavePass(): FunctionCode {
  const f = new FunctionCode(5);
  const [from, to, plane, half, scale] = f.params;
  const [k, out, at] = [f.address(), f.address(), f.address()];
  const [by, re, im] = [f.vector(), f.vector(), f.vector()];
  f.set(by, spread(scale!.get));
  f.repeat(k, half!.get, 16, () => {
    f.set(at, plus(from!.get, k.get));
    f.set(re, mul(load(at.get), by.get));
    f.set(im, mul(load(plus(at.get, plane!.get)), by.get));
    f.set(im, sub(sub(im.get, im.get), im.get));
    f.set(out, plus(plus(to!.get, k.get), k.get));
    f.do(...woven(out.get, re.get, im.get));
  });
  return f;
}
