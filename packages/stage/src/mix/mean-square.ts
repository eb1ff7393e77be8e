/** Mean of the squared samples: 1 for a full-scale square wave, 0.5 for a full-scale sine. */
export function meanSquare(pcm: Float32Array): number {
  let energy = 0;
  // By index: this runs for every voice in every tick, and an iterator costs several times as much.
  for (let i = 0; i < pcm.length; i += 1) energy += pcm[i]! * pcm[i]!;
  return energy / Math.max(1, pcm.length);
}
