/**
 * Just enough of a WebAssembly assembler for loops over vectors of four floats: JavaScript has no vector
 * instructions, WebAssembly has. Opcodes: WebAssembly Core Specification 2.0, sections 5.4 and 5.5.
 */

/** Instructions that leave one value on the stack, or none. */
export type Code = readonly number[];
/** An address, a count: i32. */
export type Address = Code;
/** Four floats: v128. */
export type Vector = Code;
/** A local variable of a function. */
export interface Local {
  readonly index: number;
  readonly get: Code;
}

const I32 = 0x7f;
const V128 = 0x7b;
const VECTOR = 0xfd;

export function plus(a: Address, b: Address | number): Address {
  return [...a, ...(typeof b === "number" ? [0x41, ...signed(b)] : b), 0x6a];
}

export function minus(a: Address, b: Address): Address {
  return [...a, ...b, 0x6b];
}

/** @param bytes that are added to the address: no negative ones */
export function load(at: Address, bytes = 0): Vector {
  return [...at, VECTOR, 0x00, 0, ...unsigned(bytes)];
}

/** One float, four times. */
export function spread(at: Address, bytes = 0): Vector {
  return [...at, VECTOR, 0x09, 0, ...unsigned(bytes)];
}

export function store(at: Address, value: Vector, bytes = 0): Code {
  return [...at, ...value, VECTOR, 0x0b, 0, ...unsigned(bytes)];
}

export function add(a: Vector, b: Vector): Vector {
  return [...a, ...b, VECTOR, ...unsigned(0xe4)];
}

export function sub(a: Vector, b: Vector): Vector {
  return [...a, ...b, VECTOR, ...unsigned(0xe5)];
}

export function mul(a: Vector, b: Vector): Vector {
  return [...a, ...b, VECTOR, ...unsigned(0xe6)];
}

export function div(a: Vector, b: Vector): Vector {
  return [...a, ...b, VECTOR, ...unsigned(0xe7)];
}

export function root(a: Vector): Vector {
  return [...a, VECTOR, ...unsigned(0xe3)];
}

/** Within these bounds; what is no number becomes 0. */
export function sane(a: Local, most: number): Vector {
  const numbers = [...a.get, ...a.get, ...a.get, VECTOR, 0x41, VECTOR, 0x4e];
  const notLess = [...numbers, ...all(-most), VECTOR, ...unsigned(0xe9)];
  return [...notLess, ...all(most), VECTOR, ...unsigned(0xe8)];
}

/** One number, four times. */
export function all(value: number): Vector {
  return [VECTOR, 0x0c, ...new Uint8Array(Float32Array.of(value, value, value, value).buffer)];
}

/** Four floats out of eight. @param which 0 to 3: of the first, 4 to 7: of the second */
export function pick(a: Vector, b: Vector, which: readonly number[]): Vector {
  const bytes = which.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]);
  return [...a, ...b, VECTOR, 0x0d, ...bytes];
}

/** A function whose parameters are addresses and counts, and which returns nothing. */
export class FunctionCode {
  readonly params: readonly Local[];
  readonly #types: number[] = [];
  readonly #body: number[] = [];

  constructor(params: number) {
    this.params = Array.from({ length: params }, (_, index) => local(index));
  }

  address(): Local {
    return this.#declare(I32);
  }

  vector(): Local {
    return this.#declare(V128);
  }

  #declare(type: number): Local {
    this.#types.push(type);
    return local(this.params.length + this.#types.length - 1);
  }

  set(variable: Local, value: Code): void {
    this.#body.push(...value, 0x21, variable.index);
  }

  do(...code: readonly Code[]): void {
    this.#body.push(...code.flat());
  }

  /** Runs at least once: `counter` from where it stands to below `end`. */
  repeat(counter: Local, end: Address, step: number, body: () => void): void {
    this.#body.push(0x03, 0x40);
    body();
    this.set(counter, plus(counter.get, step));
    this.#body.push(...counter.get, ...end, 0x49, 0x0d, 0x00, 0x0b);
  }

  get bytes(): Code {
    const locals = [...unsigned(this.#types.length), ...this.#types.flatMap((type) => [1, type])];
    return sized([...locals, ...this.#body, 0x0b]);
  }
}

function local(index: number): Local {
  return { index, get: [0x20, ...unsigned(index)] };
}

/** A module of these functions, which works on the memory `env.memory`. */
export function wasmModule(functions: Readonly<Record<string, FunctionCode>>): Uint8Array {
  const all = Object.entries(functions);
  const types = all.map(([, { params }]) => [0x60, ...vector(params.map(() => [I32])), 0]);
  const memory = [...text("env"), ...text("memory"), 0x02, 0x00, 1];
  const exports = all.map(([name], index) => [...text(name), 0x00, ...unsigned(index)]);
  const sections: readonly (readonly [id: number, Code])[] = [
    [1, vector(types)],
    [2, vector([memory])],
    [3, vector(all.map((_, index) => unsigned(index)))],
    [7, vector(exports)],
    [10, vector(all.map(([, { bytes }]) => bytes))],
  ];
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([...header, ...sections.flatMap(([id, code]) => [id, ...sized(code)])]);
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(code: Code): Code {
  return [...unsigned(code.length), ...code];
}

function text(ascii: string): Code {
  return sized([...ascii].map((letter) => letter.charCodeAt(0)));
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  if (value >= -64 && value < 64) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
