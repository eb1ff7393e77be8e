import { loadOpus, type OpusDecoder } from "@rostra/sound";
import { fitVoices } from "@rostra/testkit";
import { FRAME_SAMPLES, frameTimeMs, type ProgramFrame } from "@rostra/wire";
import { type Heard, isMadeUp, longestRunMs } from "./ear.ts";
import { type LiveEvent, rms } from "./event.ts";

/** What the sample heard of one case. */
export interface Judgement {
  /** The longest that holding sound stood in for the voices, ms. */
  readonly heldMs: number;
  /** Numbers that never came, and those that a silent packet stood for. */
  readonly missing: number;
  /** Numbers that came again, and frames that differ from what another listener has at that number. */
  readonly wrong: number;
  /** How alike the end of the case is to what was being said, -1 to 1. */
  readonly likeness: number;
}

/** At the end of a case all is well again: so much of it is held against what was said. */
const LAST_FRAMES = 150;
/** Frames of one number that are further apart than this aren't the same sound. */
const APART_DB = 12;
/** Below this, RMS, nobody hears a difference. */
const QUIET_RMS = 0.02;

export class FaultJudge {
  readonly #event: LiveEvent;
  readonly #decoder: OpusDecoder;

  private constructor(event: LiveEvent, decoder: OpusDecoder) {
    [this.#event, this.#decoder] = [event, decoder];
  }

  static async open(event: LiveEvent): Promise<FaultJudge> {
    return new FaultJudge(event, await (await loadOpus()).createDecoder());
  }

  judge(): Judgement {
    const { ears, voices } = this.#event;
    const lines = ears.map(({ heard }) => heard.slice(1));
    const end = this.#decode(lines[0]!.slice(-LAST_FRAMES));
    return {
      heldMs: Math.max(...lines.map((line) => longestRunMs(line, ({ holding }) => holding))),
      missing: Math.max(...ears.map(({ missing }, at) => missing + count(lines[at]!, isMadeUp))),
      wrong: ears.reduce((sum, { repeated }) => sum + repeated, 0) + this.#different(lines),
      likeness: fitVoices(end, voices[0]!, voices[1]!).correlation,
    };
  }

  /**
   * Whether everybody was muted between two times, ms since 1970: of the frames of that time there was
   * holding sound alone, at every ear. When they came doesn't matter: on a full machine that is late.
   */
  isMutedBetween(fromMs: number, toMs: number): boolean {
    const { ears, epochMs } = this.#event;
    return ears.every(({ heard }) => {
      const part = heard.filter(({ frame }) => {
        const timeMs = frameTimeMs(epochMs, frame.number);
        return timeMs >= fromMs && timeMs < toMs;
      });
      return part.length > 0 && part.every(({ frame }) => frame.holding);
    });
  }

  /** Frames that two listeners have at one number and that aren't the same sound. */
  #different(lines: readonly (readonly Heard[])[]): number {
    const reference = new Map(lines[0]!.map(({ frame }) => [frame.number, frame]));
    let different = 0;
    for (const line of lines.slice(1)) {
      for (const { frame } of line) {
        const other = reference.get(frame.number);
        if (other === undefined || !isVoice(frame) || !isVoice(other)) continue;
        if (Buffer.compare(frame.packet, other.packet) === 0) continue;
        if (this.#areApart(frame, other)) different += 1;
      }
    }
    return different;
  }

  #areApart(one: ProgramFrame, other: ProgramFrame): boolean {
    const [a, b] = [this.#level(one), this.#level(other)];
    if (Math.max(a, b) < QUIET_RMS) return false;
    return Math.abs(20 * Math.log10(Math.max(a, 1e-6) / Math.max(b, 1e-6))) > APART_DB;
  }

  #level({ packet }: ProgramFrame): number {
    return rms(this.#decoder.decode(packet).subarray(0, FRAME_SAMPLES));
  }

  #decode(heard: readonly Heard[]): Float32Array {
    const pcm = new Float32Array(heard.length * FRAME_SAMPLES);
    for (const [at, { frame }] of heard.entries()) {
      pcm.set(this.#decoder.decode(frame.packet).subarray(0, FRAME_SAMPLES), at * FRAME_SAMPLES);
    }
    return pcm;
  }

  close(): void {
    this.#decoder.close();
  }
}

function isVoice(frame: ProgramFrame): boolean {
  return !frame.holding && !isMadeUp(frame);
}

function count(heard: readonly Heard[], isMeant: (frame: ProgramFrame) => boolean): number {
  return heard.filter(({ frame }) => isMeant(frame)).length;
}
