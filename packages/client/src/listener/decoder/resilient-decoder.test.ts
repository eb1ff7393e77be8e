import { SILENT_PACKET } from "@rostra/sound";
import { VirtualClock } from "@rostra/testkit";
import type { Channels } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import type { FrameDecoder } from "./decoder.ts";
import { ResilientDecoder } from "./resilient-decoder.ts";

const MONO = SILENT_PACKET;
const STEREO = Uint8Array.of(0xfc, 0xff, 0xfe);

/** A decoder that answers when it is told to, and knows whether it was closed. */
class SlowDecoder implements FrameDecoder {
  isClosed = false;
  readonly #waiting: (() => void)[] = [];
  readonly #channels: Channels;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  decode(): Promise<Float32Array<ArrayBuffer>[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        if (this.isClosed) reject(new DOMException("closed"));
        else resolve(Array.from({ length: this.#channels }, () => new Float32Array(960)));
      });
    });
  }

  answer(): void {
    for (const answer of this.#waiting.splice(0)) answer();
  }

  close(): void {
    this.isClosed = true;
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

describe("a decoder of what may turn out to be stereo", () => {
  it("is mono until a packet is stereo, and loses nothing of what came before", async () => {
    const opened: SlowDecoder[] = [];
    const open = async (channels: Channels) => {
      opened.push(new SlowDecoder(channels));
      return opened.at(-1)!;
    };
    const decoder = new ResilientDecoder([open], new VirtualClock(0));
    const before = [decoder.decode(MONO), decoder.decode(MONO)];
    await settled();
    const after = [decoder.decode(STEREO), decoder.decode(MONO)];
    await settled();
    expect(opened).toHaveLength(2);
    expect(opened[0]!.isClosed).toBe(false);
    for (const one of opened) one.answer();
    expect((await Promise.all(before)).map((planes) => planes.length)).toEqual([1, 1]);
    expect((await Promise.all(after)).map((planes) => planes.length)).toEqual([2, 2]);
    await settled();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it("begins as stereo where that is known, with the first decoder that can be had", async () => {
    const asked: Channels[] = [];
    const none = async (channels: Channels) => {
      asked.push(channels);
      throw new DOMException("none here", "NotSupportedError");
    };
    const second = new SlowDecoder(2);
    const open = async (channels: Channels) => {
      asked.push(channels);
      return second;
    };
    const decoder = new ResilientDecoder([none, open], new VirtualClock(0), 2);
    const planes = decoder.decode(STEREO);
    await settled();
    second.answer();
    expect(await planes).toHaveLength(2);
    expect(asked).toEqual([2, 2]);
  });
});
