import { ByteWriter } from "@rostra/wire";
import { joinBytes } from "../bytes.ts";

/** Boxes of the ISO base media file format (ISO/IEC 14496-12, section 4.2). */

/** @param type four ASCII characters */
export function box(type: string, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = contents.reduce((sum, part) => sum + part.length, 8);
  const head = new ByteWriter(8).u32(size).raw(ascii(type));
  return joinBytes([head.bytes, ...contents]);
}

/** A box that begins with a version and 24 bits of flags. */
export function fullBox(
  type: string,
  version: number,
  flags: number,
  ...contents: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  return box(
    type,
    fields(4, (writer) => writer.u32(version * 2 ** 24 + flags)),
    ...contents,
  );
}

/** `lengthBytes` of big-endian fields. */
export function fields(lengthBytes: number, write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(lengthBytes);
  write(writer);
  return writer.bytes;
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
