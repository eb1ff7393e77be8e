import { RENDITIONS, type Rendition } from "@rostra/wire";
import { type Refusal, refuse } from "./respond.ts";

export const BAD_RENDITION: Refusal = refuse("bad-request", "rendition is full or thin");

/** Which rendition is asked for; undefined for one that there isn't. */
export function renditionOf(query: URLSearchParams): Rendition | undefined {
  const values = query.getAll("rendition");
  if (values.length === 0) return "full";
  return values.length === 1 ? RENDITIONS.find((it) => it === values[0]) : undefined;
}

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
