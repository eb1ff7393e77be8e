/** Small checks for parsing JSON from outside, shared by the parsers of this package. */

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isOneOf<T extends string>(value: unknown, allowed: readonly T[]): value is T {
  return typeof value === "string" && (allowed as readonly string[]).includes(value);
}

/** A finite time in milliseconds since 1970. */
export function isTimeMs(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Characters are code points, as in JSON Schema: an emoji counts once, not as two of UTF-16. */
export function isShortText(value: unknown, maxChars: number): value is string {
  if (typeof value !== "string" || value.length > 2 * maxChars) return false;
  return value.length <= maxChars || [...value].length <= maxChars;
}

export function isArrayOf<T>(
  value: unknown,
  maxItems: number,
  isItem: (item: unknown) => item is T,
): value is T[] {
  return Array.isArray(value) && value.length <= maxItems && value.every(isItem);
}
