import { expect, it } from "vitest";
import { HoldingTable, HoldingTables } from "./holding-table.ts";

const bytes = (value: number) => new Uint8Array(new Uint32Array([value]).buffer);

it("knows a sound by both its packets, and by whether it has a thin one", () => {
  const table = new HoldingTable();
  const sounds = [
    { packet: bytes(1) },
    { packet: bytes(1), thin: new Uint8Array(0) },
    { packet: bytes(1), thin: bytes(2) },
    { packet: bytes(2), thin: bytes(1) },
  ];
  for (const guess of [-1, 0, 1, 9]) {
    expect(sounds.map((sound) => table.indexOf(sound, guess))).toEqual([0, 1, 2, 3]);
  }
  for (const [index, sound] of sounds.entries()) {
    expect(table.frame(index, 7)).toStrictEqual({ number: 7, ...sound, holding: true });
  }
});

it("takes no more than its bound, and still knows what it has", () => {
  const table = new HoldingTable();
  let taken = 0;
  while (!table.isFull) taken += table.indexOf({ packet: bytes(taken) }, taken) === taken ? 1 : 0;
  expect(taken).toBe(4_096);
  expect(table.indexOf({ packet: bytes(taken) }, taken)).toBeUndefined();
  expect(table.indexOf({ packet: bytes(40) }, -1)).toBe(40);
});

it("gives way to an empty one when it's full", () => {
  const tables = new HoldingTables();
  const { current } = tables;
  expect(tables.current).toBe(current);
  for (let at = 0; !current.isFull; at += 1) current.indexOf({ packet: bytes(at) }, at);
  expect(tables.current).not.toBe(current);
  expect(tables.current.isFull).toBe(false);
});
