import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How long a note is held: as long as a breath. */
const HELD_SECONDS = 6;
const FADE_SECONDS = 0.1;

// Of a Gravis Ultrasound patch: "GF1PATCH", then headers of these lengths, and how many samples follow.
const HEADER_BYTES = 239;
const SAMPLES_AT = 198;
const SAMPLE_BYTES = 96;

/** A recorded note: sound up to the end of its loop, which is repeated while the note is held. */
interface Note {
  readonly pcm: Int16Array;
  /** 0: it isn't repeated. */
  readonly loopStart: number;
  readonly rateHz: number;
}

/** Beside each patch (`.pat`, recorded notes of an instrument) in the folder one WAV file a note, held. */
export function writeNotes(folder: string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".pat")) continue;
    for (const [index, note] of notesOf(readFileSync(join(folder, path))).entries()) {
      const pcm = isHeld(path) ? held(note) : note.pcm;
      writeFileSync(join(folder, `${path.slice(0, -4)}-${index}.wav`), wav(pcm, note.rateHz));
    }
  }
}

/**
 * Blown, bowed, sung: by the numbers that General MIDI gives to instruments. What is struck or plucked fades,
 * where its loop doesn't, and is played once.
 */
function isHeld(path: string): boolean {
  const program = Number(/(\d+)_[^/]*$/.exec(path)?.[1]);
  return (
    (program >= 16 && program < 24) ||
    (program >= 40 && program < 45) ||
    (program >= 48 && program < 80)
  );
}

/** Those of 16 bits, signed, played forwards: nearly all. */
function notesOf(patch: Buffer): Note[] {
  const notes: Note[] = [];
  let at = HEADER_BYTES;
  for (let left = patch[SAMPLES_AT]!; left > 0; left -= 1) {
    const bytes = patch.readUInt32LE(at + 8);
    const modes = patch[at + 55]!;
    const data = patch.subarray(at + SAMPLE_BYTES, at + SAMPLE_BYTES + bytes);
    const isPlain = (modes & 0b1_1011) === 0b0_0001;
    const isLooped = (modes & 0b100) !== 0;
    const end = isLooped ? patch.readUInt32LE(at + 16) : bytes;
    const pcm = new Int16Array(new Uint8Array(data.subarray(0, end & ~1)).buffer);
    const loopStart = isLooped ? patch.readUInt32LE(at + 12) >> 1 : 0;
    const rateHz = patch.readUInt16LE(at + 20);
    if (isPlain && pcm.length > 0) notes.push({ pcm, loopStart, rateHz });
    at += SAMPLE_BYTES + bytes;
  }
  return notes;
}

function held({ pcm, loopStart, rateHz }: Note): Int16Array {
  const loop = pcm.length - loopStart;
  const length = loopStart === 0 ? pcm.length : Math.round(HELD_SECONDS * rateHz);
  const fade = FADE_SECONDS * rateHz;
  return Int16Array.from({ length }, (_, i) => {
    const from = i < pcm.length ? i : loopStart + ((i - pcm.length) % loop);
    return pcm[from]! * Math.min(1, (length - i) / fade);
  });
}

function wav(pcm: Int16Array, rateHz: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF\0\0\0\0WAVEfmt ", "latin1");
  header.writeUInt32LE(36 + pcm.byteLength, 4);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rateHz, 24);
  header.writeUInt32LE(2 * rateHz, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(pcm.byteLength, 40);
  return Buffer.concat([header, Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)]);
}
