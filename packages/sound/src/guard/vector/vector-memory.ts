import { fourierPasses } from "./passes.ts";
import { soundPasses } from "./sound-passes.ts";
import { wasmModule } from "./wasm.ts";

/** All that is asked of the platform; neither Node's types nor a library without a browser names it. */
interface Platform {
  readonly WebAssembly?: {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (
      module: object,
      imports: object,
    ) => { readonly exports: Readonly<Record<PassName, Pass>> };
  };
}

type PassName = keyof (ReturnType<typeof fourierPasses> & ReturnType<typeof soundPasses>);
type Pass = (...addressesAndLengths: number[]) => void;

/** 256 KiB: the three sizes of a guard need 81, frames 5. */
const PAGES = 4;
const BYTES = PAGES * 65_536;

/** The passes, and the memory they work on. One for all transforms. */
export interface VectorMemory {
  readonly floats: Float32Array<ArrayBuffer>;
  readonly passes: Readonly<Record<PassName, Pass>>;
  /** @returns address of so many bytes, never given back; undefined: there is no room */
  take(bytes: number): number | undefined;
}

let made: VectorMemory | null | undefined;

/** Undefined where the platform has no WebAssembly with vectors, or a page's rules forbid it. */
export function vectorMemory(): VectorMemory | undefined {
  made ??= make() ?? null;
  return made ?? undefined;
}

function make(): VectorMemory | undefined {
  const { WebAssembly } = globalThis as unknown as Platform;
  if (WebAssembly === undefined) return undefined;
  const memory = new WebAssembly.Memory({ initial: PAGES });
  try {
    const module = new WebAssembly.Module(wasmModule({ ...fourierPasses(), ...soundPasses() }));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    let used = 0;
    const take = (bytes: number) => {
      if (used + bytes > BYTES) return undefined;
      const at = used;
      used += bytes;
      return at;
    };
    return { floats: new Float32Array(memory.buffer), passes: exports, take };
  } catch {
    return undefined;
  }
}
