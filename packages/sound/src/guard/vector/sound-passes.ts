import {
  add,
  all,
  div,
  FunctionCode,
  type Local,
  load,
  mul,
  pick,
  plus,
  root,
  sane,
  store,
  type Vector,
} from "./wasm.ts";

/** What else is done to whole frames and spectra, four values at a time. Addresses and lengths in bytes. */
export function soundPasses() {
  return { third: thirdPass(), fourth: fourthPass(), unit: unitPass() };
}

/** Each sample with what the one before it left for it: of the last vector and of this one. */
const SHIFTED = [3, 4, 5, 6];

/** Beyond full scale there is nothing to learn. */
const MOST = 4;

/** `Decimator` of three: `end` is that of the output; `state` four sums, the last of the frame before. */
function thirdPass(): FunctionCode {
  const f = new FunctionCode(4);
  const [from, to, end, state] = f.params;
  const [x, y, z, sums] = [f.vector(), f.vector(), f.vector(), f.vector()];
  const [a, b, c, out] = [f.vector(), f.vector(), f.vector(), f.vector()];
  f.set(sums, load(state!.get));
  f.repeat(to!, end!.get, 16, () => {
    for (const [i, part] of [x, y, z].entries()) f.set(part, load(from!.get, 16 * i));
    f.set(a, pick(pick(x.get, y.get, [0, 3, 6, 6]), z.get, [0, 1, 2, 5]));
    f.set(b, pick(pick(x.get, y.get, [1, 4, 7, 7]), z.get, [0, 1, 2, 6]));
    f.set(c, pick(pick(x.get, y.get, [2, 5, 5, 5]), z.get, [0, 1, 4, 7]));
    const up = add(a.get, add(mul(b.get, all(2)), mul(c.get, all(3))));
    const down = add(mul(a.get, all(2)), b.get);
    decimate(f, { to: to!, sums, out, up, down, scale: 1 / 9 });
    f.set(from!, plus(from!.get, 48));
  });
  f.do(store(state!.get, sums.get));
  return f;
}

/** The same of four. */
function fourthPass(): FunctionCode {
  const f = new FunctionCode(4);
  const [from, to, end, state] = f.params;
  const rows = [f.vector(), f.vector(), f.vector(), f.vector()] as const;
  const [sums, out] = [f.vector(), f.vector()];
  const columns = [f.vector(), f.vector(), f.vector(), f.vector()] as const;
  f.set(sums, load(state!.get));
  f.repeat(to!, end!.get, 16, () => {
    for (const [i, part] of rows.entries()) f.set(part, load(from!.get, 16 * i));
    const [w, x, y, z] = rows;
    for (const [i, column] of columns.entries()) {
      const [left, right] = [
        pick(w.get, x.get, [i, 4 + i, 0, 0]),
        pick(y.get, z.get, [i, 4 + i, 0, 0]),
      ];
      f.set(column, pick(left, right, [0, 1, 4, 5]));
    }
    const [a, b, c, d] = columns;
    const first = add(a.get, mul(b.get, all(2)));
    const up = add(first, add(mul(c.get, all(3)), mul(d.get, all(4))));
    const down = add(add(mul(a.get, all(3)), mul(b.get, all(2))), c.get);
    decimate(f, { to: to!, sums, out, up, down, scale: 1 / 16 });
    f.set(from!, plus(from!.get, 64));
  });
  f.do(store(state!.get, sums.get));
  return f;
}

interface Decimated {
  readonly to: Local;
  readonly sums: Local;
  readonly out: Local;
  readonly up: Vector;
  readonly down: Vector;
  readonly scale: number;
}

/** Four outputs: of each what came up to it and goes down from it. */
function decimate(f: FunctionCode, { to, sums, out, up, down, scale }: Decimated): void {
  f.set(out, sums.get);
  f.set(sums, up);
  f.set(out, mul(add(pick(out.get, sums.get, SHIFTED), down), all(scale)));
  f.do(store(to.get, sane(out, MOST)));
}

/** Complex values, each made of size 1. */
function unitPass(): FunctionCode {
  const f = new FunctionCode(3);
  const [re, plane, end] = f.params;
  const [x, y, scale] = [f.vector(), f.vector(), f.vector()];
  f.repeat(re!, end!.get, 16, () => {
    f.set(x, load(re!.get));
    f.set(y, load(plus(re!.get, plane!.get)));
    const size = root(add(mul(x.get, x.get), mul(y.get, y.get)));
    f.set(scale, div(all(1), add(size, all(1e-9))));
    f.do(store(re!.get, mul(x.get, scale.get)));
    f.do(store(plus(re!.get, plane!.get), mul(y.get, scale.get)));
  });
  return f;
}
