/**
 * The frame number: which 20 ms of a space's life a frame is. Everything that needs no
 * coordination (de-duplication, continuity, stateless edges, catch-up) follows from it.
 */

/** Milliseconds of program in one frame: one Opus packet. */
export const FRAME_MS = 20;
/** Samples a second, everywhere in Rostra. */
export const SAMPLE_RATE_HZ = 48_000;
/** Samples per channel in one frame. */
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ / 1000) * FRAME_MS;
export const FRAMES_PER_SECOND = 1000 / FRAME_MS;
/** Channels of sound: mono, or left and right. */
export type Channels = 1 | 2;

/** One numbered frame of a space's program. */
export interface ProgramFrame {
  /** Frame number: a non-negative safe integer. */
  readonly number: number;
  /** One Opus packet of 20 ms, 48 kHz, mono or stereo; 1 to {@link MAX_PACKET_BYTES} bytes. */
  readonly packet: Uint8Array;
  /**
   * The same 20 ms for thin links: mono, about 16 kbit/s, also without prediction, so that a
   * listener may change over at any frame. Absent where none was made: then `packet` serves both.
   */
  readonly thin?: Uint8Array;
  /** True where the program carries the holding sound: nobody is being heard. */
  readonly holding: boolean;
}

/**
 * Which of a space's stages made frames, and by which word of control: of two copies of a frame the
 * first stage's of the highest term is preferred, the second's fills what is missing. What comes by
 * a term that is over is from a stage that hasn't noticed yet that it was replaced: nobody plays it.
 */
export interface FrameSource {
  /** Of the snapshot that made it a stage of the space. */
  readonly term: number;
  readonly second: boolean;
  /**
   * Of how many microphones sound is in them that was received, not made up for what didn't come;
   * left out: nobody has counted. Of two stages the one that hears more is preferred.
   */
  readonly voices?: number | undefined;
}

/** How rich the sound is that a listener gets: the program, or its thin twin. */
export const RENDITIONS = ["full", "thin"] as const;
export type Rendition = (typeof RENDITIONS)[number];

/** The packet that stands for a frame in a rendition. */
export function packetOf(frame: ProgramFrame, rendition: Rendition): Uint8Array {
  return rendition === "thin" ? (frame.thin ?? frame.packet) : frame.packet;
}

/** Largest Opus packet there is (RFC 6716, section 3.4: 1,275 bytes of frame and one of TOC). */
export const MAX_PACKET_BYTES = 1276;

/** The number of the frame that is being spoken at `nowMs`. Both in milliseconds since 1970. */
export function frameNumberAt(epochMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - epochMs) / FRAME_MS));
}

/** When frame `number` begins, in milliseconds since 1970. */
export function frameTimeMs(epochMs: number, number: number): number {
  return epochMs + number * FRAME_MS;
}

/** True for a value that may stand as a frame number. */
export function isFrameNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
