/** What is used of the library, which brings no types: pffft.h says what each is. Pointers are addresses, bytes. */
declare module "@echogarden/pffft-wasm/simd" {
  interface Pffft {
    /** Views of its memory; another one after it has grown. */
    readonly HEAPF32: Float32Array<ArrayBuffer>;
    _pffft_new_setup(size: number, kind: number): number;
    _pffft_aligned_malloc(bytes: number): number;
    _pffft_transform_ordered(
      setup: number,
      input: number,
      output: number,
      work: number,
      direction: number,
    ): void;
  }
  export default function load(): Promise<Pffft>;
}
