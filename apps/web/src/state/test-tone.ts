const RATE_HZ = 16_000;
/** A rising third, soft enough for headphones: -18 dBFS. */
const NOTES_HZ = [523.25, 659.25, 783.99] as const;
const NOTE_S = 0.35;
const AMPLITUDE = 0.126;
const HEADER_BYTES = 44;

/** Three notes as a WAV (16 bit, mono): plays in any element, without a file to be fetched. */
export function testTone(): Blob {
  return new Blob([toneBytes()], { type: "audio/wav" });
}

/** The bytes of it: the RIFF header, then the samples. */
export function toneBytes(): ArrayBuffer {
  const perNote = Math.round(RATE_HZ * NOTE_S);
  const samples = perNote * NOTES_HZ.length;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples * 2));
  writeHeader(view, samples * 2);
  for (let i = 0; i < samples; i += 1) {
    const within = i % perNote;
    const pitch = NOTES_HZ[Math.floor(i / perNote)]!;
    // Each note swells and fades: a hard edge would click.
    const swell = Math.sin((Math.PI * within) / perNote);
    const value = AMPLITUDE * swell * Math.sin((2 * Math.PI * pitch * within) / RATE_HZ);
    view.setInt16(HEADER_BYTES + i * 2, Math.round(value * 32_767), true);
  }
  return view.buffer;
}

/** Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft, 1991). */
function writeHeader(view: DataView<ArrayBuffer>, dataBytes: number): void {
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i += 1) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
}
