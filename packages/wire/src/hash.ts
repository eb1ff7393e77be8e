/** FNV-1a of a text's characters, 32 bits without a sign (draft-eastlake-fnv). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}

/**
 * Every bit of the result hangs on every bit of the hash: the end of MurmurHash3, 32 bits without a sign. FNV-1a
 * alone hardly stirs the top bits, and neighbouring texts have neighbouring hashes.
 */
export function mixed(hash: number): number {
  let mix = hash;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
