import {
  holdingPackets,
  loadOpus,
  type OpusEncoder,
  PROGRAM_ENCODING,
  SILENT_PACKET,
} from "@rostra/sound";
import type { ProgramFrame } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rms } from "./correlation.ts";
import { Ear } from "./ear.ts";
import { decodeOr, Judge, type Verdict } from "./judge.ts";

const FIRST = 1_000;
const COUNT = 250;

describe("the judge of what was heard", () => {
  let encoder: OpusEncoder;
  let packets: Uint8Array[];

  beforeAll(async () => {
    encoder = await (await loadOpus()).createEncoder(PROGRAM_ENCODING);
    packets = holdingPackets(encoder).slice(0, COUNT);
  });

  afterAll(() => encoder.close());

  /** @param change what the listener gets in place of the program's packets */
  async function judged(
    change: (packets: Uint8Array[]) => Uint8Array[] = (it) => it,
    aired: (packets: Uint8Array[]) => Uint8Array[] = (it) => it,
  ): Promise<Verdict> {
    const opus = await loadOpus();
    const ear = new Ear("ws");
    ear.take(FIRST, change([...packets]));
    const onAir = aired([...packets]).map((packet, at) => ({
      number: FIRST + at,
      packet,
      holding: true,
    }));
    const decoder = await opus.createDecoder();
    const loudness = new Map(
      onAir.map((frame) => [frame.number, rms(decodeOr(decoder, frame.packet))]),
    );
    decoder.close();
    const judge = new Judge(ear, await opus.createDecoder());
    const program = new Map<number, ProgramFrame>(onAir.map((frame) => [frame.number, frame]));
    judge.compare(ear.takeUpTo(FIRST + COUNT), program, loudness);
    const verdict = judge.verdict();
    judge.close();
    return verdict;
  }

  it("finds everything whole where every byte of the program came", async () => {
    const verdict = await judged();
    expect(verdict).toMatchObject({ frames: COUNT, identical: COUNT, different: 0, whole: true });
    expect(verdict.correlation).toBeCloseTo(1, 6);
    expect(verdict.levelDbfs).toBeGreaterThan(-45);
    expect(verdict.silentMs).toBe(0);
  });

  it("notices a single packet that isn't the program's", async () => {
    const verdict = await judged((all) => all.map((packet, at) => (at === 99 ? all[7]! : packet)));
    expect(verdict).toMatchObject({ identical: COUNT - 1, different: 1, whole: false });
  });

  it("hears other sound: the loudness doesn't follow the program's", async () => {
    const verdict = await judged((all) => all.reverse());
    expect(verdict.correlation).toBeLessThan(0.9);
    expect(verdict.whole).toBe(false);
  });

  it("hears silence, even where it is what was on air", async () => {
    const silent = (all: Uint8Array[]) => all.map(() => SILENT_PACKET);
    const verdict = await judged(silent, silent);
    expect(verdict).toMatchObject({ identical: COUNT, whole: false, silentMs: (COUNT - 5) * 20 });
  });

  it("takes silence in a container for a frame that was lost on the server's side", async () => {
    const lost = (all: Uint8Array[]) => all.map((it, at) => (at === 50 ? new Uint8Array(0) : it));
    const filled = (all: Uint8Array[]) => all.map((it, at) => (at === 50 ? SILENT_PACKET : it));
    expect(await judged(filled, lost)).toMatchObject({ identical: COUNT, whole: true });
    expect(await judged(lost, lost)).toMatchObject({ identical: COUNT, whole: true });
  });

  it("says what nobody could compare", async () => {
    const verdict = await judged(undefined, (all) => all.slice(0, 200));
    expect(verdict).toMatchObject({ identical: 200, unchecked: 50, whole: false });
  });

  it("takes a packet that can't be decoded for silence", async () => {
    const verdict = await judged((all) =>
      all.map((it, at) => (at === 9 ? Uint8Array.of(0xff) : it)),
    );
    expect(verdict).toMatchObject({ different: 1, silentMs: 20, whole: false });
  });
});
