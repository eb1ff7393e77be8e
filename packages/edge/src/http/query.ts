/** A query parameter that isn't what it has to be; undefined stands for one that isn't there. */
export type QueryNumber = number | undefined | "bad";

const WHOLE_NUMBER = /^(0|[1-9]\d{0,15})$/;

/** A whole number, given at most once: digits and nothing else. */
export function wholeNumber(query: URLSearchParams, name: string): QueryNumber {
  const values = query.getAll(name);
  if (values.length === 0) return undefined;
  if (values.length > 1 || !WHOLE_NUMBER.test(values[0]!)) return "bad";
  const value = Number(values[0]);
  return Number.isSafeInteger(value) ? value : "bad";
}
