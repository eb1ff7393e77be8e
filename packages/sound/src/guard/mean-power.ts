/** Mean of the squares of some samples; 0 to 1 for sound within full scale. */
export function meanPower(pcm: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < pcm.length; i += 1) sum += pcm[i]! * pcm[i]!;
  return sum / pcm.length;
}
