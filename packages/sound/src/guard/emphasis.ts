/** Sound of a voice falls with frequency: lifted, so that every band has its say. */
const PRE_EMPHASIS = 0.9;

/** In place. @returns the last sample as it was: `before` of the next piece */
export function emphasise(pcm: Float32Array, before: number): number {
  let last = before;
  for (let i = 0; i < pcm.length; i += 1) {
    const sample = pcm[i]!;
    pcm[i] = sample - PRE_EMPHASIS * last;
    last = sample;
  }
  return last;
}
