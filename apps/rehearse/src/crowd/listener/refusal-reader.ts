import { isListenTier, isObject, type ListenTier, MAX_TIERS } from "@rostra/wire";
import type { Refusal } from "./dialogue.ts";
import { type HttpHead, refusalOf } from "./http-head.ts";

/** Problem details with every tier named are a few KB. */
const MAX_BODY_BYTES = 65_536;

/** Collects the body of an answer that isn't what was asked for: it may say where to go. */
export class RefusalReader {
  readonly #head: HttpHead;
  readonly #wanted: number;
  #body = Buffer.alloc(0);

  constructor(head: HttpHead) {
    this.#head = head;
    const length = Number(head.headers.get("content-length") ?? 0);
    this.#wanted = length >= 0 && length <= MAX_BODY_BYTES ? length : 0;
  }

  /** @returns the refusal as soon as all of it has come */
  push(bytes: Buffer, from: number, end: number): Refusal | undefined {
    this.#body = Buffer.concat([this.#body, bytes.subarray(from, end)]);
    if (this.#body.length < this.#wanted) return undefined;
    return { ...refusalOf(this.#head), tiers: tiersOf(this.#body.toString("utf8")) };
  }
}

/** The tiers that problem details name; none where they are something else. */
export function tiersOf(text: string): readonly ListenTier[] {
  try {
    const body: unknown = JSON.parse(text);
    const tiers: unknown = isObject(body) ? body["tiers"] : undefined;
    return Array.isArray(tiers) ? tiers.slice(0, MAX_TIERS).filter(isListenTier) : [];
  } catch {
    return [];
  }
}
