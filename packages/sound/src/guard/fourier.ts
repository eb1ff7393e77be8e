import { RealFft } from "./real-fft.ts";
import { VectorFft } from "./vector/vector-fft.ts";

/** Fourier transform of real sound and its inverse: see {@link RealFft}. */
export type Fourier = Pick<RealFft, "forward" | "phases" | "inverse">;

const shared = new Map<number, Fourier>();

/** One for all who need this size: it remembers nothing, and its tables stay in the cache. */
export function fourierOf(size: number): Fourier {
  const fft = shared.get(size) ?? VectorFft.of(size) ?? new RealFft(size);
  shared.set(size, fft);
  return fft;
}
