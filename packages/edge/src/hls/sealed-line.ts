import type { Relay } from "@rostra/relay";
import { type Clock, LIMITS, type ProgramFrame, type SpaceId } from "@rostra/wire";
import type { Logger } from "pino";
import { BOUNDS } from "../bounds.ts";
import type { HoldingSound } from "../program/holding.ts";
import type { ProgramLine } from "../program/line.ts";
import { PART_FRAMES } from "./timeline.ts";

export interface SealedLineOptions {
  readonly line: ProgramLine;
  readonly holding: HoldingSound;
  readonly spaceId: SpaceId;
  readonly relay: Pick<Relay, "history">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when more can be handed out, other than by {@link SealedLine.advance}. */
  readonly onSealed: () => void;
}

/**
 * The line as all edges tell it alike, part by part. An edge that a frame has reached too late has
 * made something up in its place, which another edge hasn't: so before a part with such frames is
 * handed out, the relay is asked what it remembers of them. What nobody has is filled by a rule that
 * looks at nothing but the part.
 */
export class SealedLine {
  readonly #options: SealedLineOptions;
  // What the relay had of numbers that were made up here.
  readonly #late = new Map<number, ProgramFrame>();
  #end: number | undefined;
  #asking = false;

  constructor(options: SealedLineOptions) {
    this.#options = options;
  }

  /** One past the last frame that can be handed out: a multiple of a part, but at the very end. */
  get end(): number | undefined {
    return this.#end;
  }

  /** Seals what the line has got to, as far as it needs no asking. */
  advance(): void {
    const { line } = this.#options;
    if (line.first === undefined || line.head === undefined || this.#asking) return;
    const begin = Math.ceil(line.first / PART_FRAMES) * PART_FRAMES;
    // Also after a jump over more than is kept.
    this.#end = Math.max(this.#end ?? begin, begin);
    for (;;) {
      const to = this.#nextEnd();
      if (to === undefined) return;
      for (let number = this.#end; number < to; number += 1) {
        if (!line.isMadeUp(number)) continue;
        void this.#askFor(this.#end);
        return;
      }
      this.#end = to;
    }
  }

  /** Frames `from` to `to`, inclusive, which lie in parts that are sealed; part by part. */
  parts(from: number, to: number): ProgramFrame[][] {
    const parts: ProgramFrame[][] = [];
    for (let at = from; at <= to; at += PART_FRAMES) {
      parts.push(this.#part(at, Math.min(to, at + PART_FRAMES - 1)));
    }
    return parts;
  }

  /** @returns where the next part ends; undefined where the line hasn't got there */
  #nextEnd(): number | undefined {
    const { head, finished } = this.#options.line;
    const [from, whole] = [this.#end!, this.#end! + PART_FRAMES];
    if (head! + 1 >= whole) return whole;
    return finished && head! >= from ? head! + 1 : undefined;
  }

  /** Everything from here on in one go: where one part has holes the next mostly has, too. */
  async #askFor(from: number): Promise<void> {
    const { relay, spaceId, line, clock, log, onSealed } = this.#options;
    // Whole parts, as many as the relay answers at once, or the very end.
    const most = from + Math.floor(LIMITS.chunkFrames / PART_FRAMES) * PART_FRAMES;
    const whole = Math.min(most, Math.floor((line.head! + 1) / PART_FRAMES) * PART_FRAMES);
    const end = whole > from ? whole : line.head! + 1;
    this.#asking = true;
    const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
    const cancel = clock.after(BOUNDS.sealAskMs, () => resolve(undefined));
    try {
      const frames = await Promise.race([relay.history(spaceId, from, end - 1), timeout]);
      for (const frame of frames ?? []) this.#keep(frame);
    } catch (err) {
      log.warn({ err, space: spaceId }, "the relay gave no answer for frames of HLS");
    } finally {
      cancel();
      this.#asking = false;
      this.#end = Math.max(this.#end!, end);
      this.advance();
      onSealed();
    }
  }

  #keep(frame: ProgramFrame): void {
    if (!this.#options.line.isMadeUp(frame.number)) return;
    this.#late.set(frame.number, frame);
    if (this.#late.size > BOUNDS.ringFrames) this.#late.delete(this.#late.keys().next().value!);
  }

  #part(from: number, to: number): ProgramFrame[] {
    const { line, holding } = this.#options;
    const isMissing = ({ number }: ProgramFrame) =>
      line.isMadeUp(number) && !this.#late.has(number);
    const known = line
      .range(from, to)
      .map((frame) => (line.isMadeUp(frame.number) && this.#late.get(frame.number)) || frame);
    const missing = known.filter(isMissing).length;
    if (missing === 0) return known;
    const amidSound = known.some((frame) => !isMissing(frame) && !frame.holding);
    const isConcealed = amidSound && missing <= BOUNDS.concealedFrames;
    return known.map((frame) => {
      if (!isMissing(frame)) return frame;
      return isConcealed ? holding.lost(frame.number) : holding.held(frame.number);
    });
  }
}
