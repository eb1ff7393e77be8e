/** In place, radix 2 (Cooley and Tukey, 1965). Lengths are a power of two. */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const angle = (-2 * Math.PI) / size;
    for (let k = 0; k < half; k += 1) {
      const cos = Math.cos(angle * k);
      const sin = Math.sin(angle * k);
      for (let top = k; top < n; top += size) {
        const low = top + half;
        const lowRe = re[low]! * cos - im[low]! * sin;
        const lowIm = re[low]! * sin + im[low]! * cos;
        re[low] = re[top]! - lowRe;
        im[low] = im[top]! - lowIm;
        re[top] = re[top]! + lowRe;
        im[top] = im[top]! + lowIm;
      }
    }
  }
}

/** The other way, without the factor 1/n. */
export function inverseFft(re: Float64Array, im: Float64Array): void {
  // Swapping the parts before and after turns one transform into the other.
  fft(im, re);
}
