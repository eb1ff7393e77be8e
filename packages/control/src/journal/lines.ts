import { crc32 } from "node:zlib";
import type { StateValue } from "@rostra/relay";
import { isObject } from "@rostra/wire";

/** A key of the relay's state, and what it was. */
export type JournalEntry = readonly [key: string, value: StateValue];

/** A line of a journal: a checksum, the key and its value. @param value undefined: not kept any more */
export function toLine(key: string, value: StateValue | undefined): string {
  const text = JSON.stringify(value === undefined ? { key } : { key, value });
  return `${checksum(text)} ${text}\n`;
}

/**
 * What a journal says in the end. A line that a power cut has torn, or a disk has spoilt, is left out.
 * @returns also how many of its lines were left out
 */
export function readLines(text: string): {
  readonly entries: ReadonlyMap<string, StateValue>;
  readonly broken: number;
} {
  const entries = new Map<string, StateValue>();
  let broken = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const said = readLine(line);
    if (said === undefined) broken += 1;
    else if (said.value === undefined) entries.delete(said.key);
    else entries.set(said.key, said.value);
  }
  return { entries, broken };
}

function readLine(line: string) {
  const text = line.slice(9);
  if (line[8] !== " " || checksum(text) !== line.slice(0, 8)) return undefined;
  const said: unknown = JSON.parse(text);
  if (!isObject(said) || typeof said["key"] !== "string") return undefined;
  return { key: said["key"], value: said["value"] as StateValue | undefined };
}

/** CRC-32 (ISO 3309), eight letters: against chance, not against people, who own the folder anyway. */
function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
