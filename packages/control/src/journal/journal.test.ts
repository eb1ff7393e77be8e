import { VirtualClock } from "@rostra/testkit";
import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Journal, type JournalDisk } from "./journal.ts";
import { readLines, toLine } from "./lines.ts";

/** A disk that may be full, slow, or lose the end of what was written as the power went. */
class SomeDisk implements JournalDisk {
  text = "";
  writes = 0;
  isFull = false;
  /** Writes wait for it. */
  held: Promise<void> = Promise.resolve();

  async read(): Promise<string> {
    return this.text;
  }

  async append(text: string): Promise<void> {
    await this.#write(() => (this.text += text));
  }

  async replace(text: string): Promise<void> {
    await this.#write(() => (this.text = text));
  }

  async #write(work: () => void): Promise<void> {
    this.writes += 1;
    await this.held;
    if (this.isFull) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    work();
  }
}

async function begin(disk = new SomeDisk()) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const log = pino({ level: "info" }, { write: (line) => void said.push(JSON.parse(line).msg) });
  const journal = await Journal.open({ disk, clock, log });
  return { disk, clock, said, journal };
}

const read = async (disk: SomeDisk) => Object.fromEntries((await begin(disk)).journal.entries);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a journal", () => {
  it("keeps the last value of each key, whatever was put, and through any number of lives", async () => {
    const put = fc.tuple(fc.constantFrom("a", "b", "c"), fc.option(fc.json(), { nil: undefined }));
    const step = fc.oneof(put, fc.constantFrom("flush" as const, "die" as const));
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        let { journal, disk } = await begin();
        const expected = new Map<string, unknown>();
        for (const each of steps) {
          if (each === "flush") await journal.flush();
          else if (each === "die") {
            await journal.flush();
            ({ journal } = await begin(disk));
          } else {
            const [key, value] = each;
            if (value === undefined) expected.delete(key);
            else expected.set(key, value);
            journal.put(key, value);
          }
        }
        await journal.flush();
        expect(await read(disk)).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  it("writes what comes while the disk is busy in one go", async () => {
    const { disk, journal } = await begin();
    for (let count = 0; count < 1_000; count += 1) {
      journal.put("key", count);
      if (count === 500) await Promise.resolve();
    }
    await journal.flush();
    expect(disk.writes).toBeLessThan(4);
    expect(await read(disk)).toEqual({ key: 999 });
  });

  it("is as long as what is kept, not as what was ever put", async () => {
    const { disk, journal } = await begin();
    const value = "x".repeat(3_000);
    for (let count = 0; count < 2_000; count += 1) {
      journal.put(`key-${count % 20}`, value);
      await journal.flush();
    }
    expect(disk.text.length).toBeLessThan(256 * 1024 + 3 * 20 * 3_100);
    for (let count = 0; count < 20; count += 1) journal.put(`key-${count}`, undefined);
    await journal.flush();
    expect(disk.text).toBe("");
  });

  it("says that the disk is full, holds nobody up, and is whole again when there is room", async () => {
    const { disk, clock, said, journal } = await begin();
    journal.put("old", 1);
    await journal.flush();
    disk.isFull = true;
    journal.put("new", 2);
    await journal.flush();
    expect([journal.fails, said.length]).toEqual([true, 1]);
    const { writes } = disk;
    for (let count = 0; count < 100; count += 1) journal.put("more", count);
    journal.put("old", undefined);
    await journal.flush();
    expect(disk.writes).toBe(writes);
    clock.advance(5_000);
    await turn();
    expect(journal.fails).toBe(true);
    disk.isFull = false;
    clock.advance(5_000);
    await turn();
    expect([journal.fails, said.length]).toEqual([false, 2]);
    expect(await read(disk)).toEqual({ new: 2, more: 99 });
  });

  it("waits a quarter of a second for a disk that hangs, and then no more until it answers", async () => {
    const { disk, clock, said, journal } = await begin();
    const { promise, resolve } = Promise.withResolvers<void>();
    disk.held = promise;
    journal.put("a", 1);
    let isThrough = false;
    void journal.flush().then(() => (isThrough = true));
    clock.advance(249);
    await turn();
    expect(isThrough).toBe(false);
    clock.advance(1);
    await turn();
    expect([isThrough, journal.fails, said.length]).toEqual([true, true, 1]);
    journal.put("b", 2);
    await journal.flush();
    resolve();
    await turn();
    expect(journal.fails).toBe(false);
    expect(await read(disk)).toEqual({ a: 1, b: 2 });
  });

  it("reads what is whole of one that was torn or spoilt anywhere, and adds nothing behind it", async () => {
    const lines = [toLine("a", { x: "é\n" }), toLine("b", [1]), toLine("a", 2)];
    const text = Buffer.from(lines.join(""));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(255), (at, byte) => {
        const torn = readLines(text.subarray(0, at).toString());
        expect(torn.broken).toBeLessThanOrEqual(1);
        const spoilt = Buffer.from(text);
        spoilt[Math.min(at, text.length - 1)] = byte;
        const { entries } = readLines(spoilt.toString());
        // A checksum of 32 bits finds every change of one byte.
        for (const [key, value] of entries) {
          const known = { a: [{ x: "é\n" }, 2], b: [[1]] }[key] as unknown[];
          expect(known).toContainEqual(value);
        }
      }),
    );
    const disk = new SomeDisk();
    disk.text = `${lines[0]}${lines[1]!.slice(0, 12)}`;
    const { journal, said } = await begin(disk);
    expect(said).toHaveLength(1);
    journal.put("c", 3);
    await journal.flush();
    expect(await read(disk)).toEqual({ a: { x: "é\n" }, c: 3 });
  });
});
