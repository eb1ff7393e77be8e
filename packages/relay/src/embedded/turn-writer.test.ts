import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { TurnWriter } from "./turn-writer.ts";

/** A socket's writing side: how many words each write to the system carried. */
function listening() {
  const writes: number[][] = [];
  const bytesOf = (chunk: Uint8Array) => chunk[0]!;
  const sink = new Writable({
    write(chunk: Uint8Array, _, done) {
      writes.push([bytesOf(chunk)]);
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => bytesOf(chunk as Uint8Array)));
      done();
    },
  });
  return { writes, writer: new TurnWriter(sink as unknown as Socket), sink };
}

it("writes what is said at one turn at once, in order", async () => {
  const { writes, writer } = listening();
  for (const word of [1, 2, 3]) writer.write(Uint8Array.of(word));
  expect(writes).toEqual([]);
  await Promise.resolve();
  writer.write(Uint8Array.of(4));
  await Promise.resolve();
  expect(writes).toEqual([[1, 2, 3], [4]]);
});

it("loses nothing of a turn at which the connection is closed, and says nothing after it", async () => {
  const { writes, writer, sink } = listening();
  for (const word of [1, 2]) writer.write(Uint8Array.of(word));
  sink.end();
  await Promise.resolve();
  expect(writes).toEqual([[1, 2]]);
  sink.destroy();
  writer.write(Uint8Array.of(3));
  await Promise.resolve();
  expect(writes).toEqual([[1, 2]]);
});
