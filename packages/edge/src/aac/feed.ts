import { AdtsReader, OggOpusPager } from "@rostra/sound";
import type { Channels } from "@rostra/wire";
import type { Logger } from "pino";
import { BOUNDS } from "../bounds.ts";
import type { Crowd } from "../fanout/crowd.ts";
import { Position } from "../fanout/position.ts";
import type { Writer } from "../fanout/writer.ts";
import type { EdgeMetrics } from "../metrics.ts";
import type { ProgramLine } from "../program/line.ts";
import { Transcoder, type TranscoderAdapter } from "./transcoder.ts";

export interface AacFeedOptions {
  readonly crowd: Crowd;
  readonly line: ProgramLine;
  readonly metrics: EdgeMetrics;
  readonly writer: Writer;
  readonly log: Logger;
  readonly nowMs: () => number;
  /** Of the program, for now: it may change before air. */
  readonly channels: () => Channels;
  /** Undefined while it's still being looked for. */
  readonly adapter: () => TranscoderAdapter | undefined;
}

/** One run of a transcoder: what it's fed, and what it has made since the last beat. */
interface Run {
  readonly transcoder: Transcoder;
  readonly channels: Channels;
  // Each run is a stream of its own: page numbers from the start, headers first.
  readonly pager: OggOpusPager;
  readonly sinceMs: number;
}

/** AAC listeners of one space. The transcoder runs while there is one, and a little longer. */
export class AacFeed {
  readonly crowd: Crowd;
  readonly #options: AacFeedOptions;
  readonly #position = new Position();
  #run: Run | undefined;
  // ADTS frames since the last beat: whole ones, so that everybody may begin with any of them.
  #fresh: Uint8Array[] = [];
  // The latest second, for newcomers, as frames and as the bytes that they share until the next.
  #recent: Uint8Array[] = [];
  #latestSecond: Uint8Array | undefined;
  #wantedUntilMs = 0;
  #retryAtMs = 0;
  #backoffMs: number = BOUNDS.transcoderBackoffMs;

  constructor(options: AacFeedOptions) {
    this.crowd = options.crowd;
    this.#options = options;
  }

  /** Starts and stops the transcoder by who is there, feeds it, and hands out what it made. */
  beat(nowMs: number): void {
    if (this.crowd.size > 0) this.#wantedUntilMs = nowMs + BOUNDS.transcoderLingerMs;
    if (nowMs >= this.#wantedUntilMs || this.#hasOtherChannels()) this.#stop();
    if (this.#run === undefined && this.#isDue(nowMs)) this.#start(nowMs);
    if (this.#run === undefined) this.#position.skip(this.#options.line);
    else this.#feed(this.#run, nowMs);
    this.#handOut(nowMs);
  }

  /** The space has turned to music, or back: what goes on needs another encoder. */
  #hasOtherChannels(): boolean {
    return this.#run !== undefined && this.#run.channels !== this.#options.channels();
  }

  #isDue(nowMs: number): boolean {
    return nowMs < this.#wantedUntilMs && nowMs >= this.#retryAtMs;
  }

  /** The latest second as it was made, or nothing where the transcoder has yet to begin. */
  latestSecond(): Uint8Array {
    // Without what has yet to be handed out: a newcomer gets that at the next beat, like all.
    const until = Math.max(0, this.#recent.length - this.#fresh.length);
    this.#latestSecond ??= Buffer.concat(this.#recent.slice(0, until));
    return this.#latestSecond;
  }

  /** Ends the transcoder; the sockets are the room's. */
  close(): void {
    this.#stop();
  }

  #start(nowMs: number): void {
    const adapter = this.#options.adapter();
    if (adapter === undefined) return;
    const reader = new AdtsReader();
    const channels = this.#options.channels();
    const transcoder = new Transcoder(adapter, channels, {
      onAdts: (bytes) => this.#take(reader.push(bytes)),
      onFailed: (reason) => this.#failed(reason),
    });
    const { transcoderStarts, transcoders } = this.#options.metrics;
    transcoderStarts.inc({ adapter: adapter.name });
    transcoders.inc();
    const pager = new OggOpusPager(1);
    this.#run = { transcoder, channels, pager, sinceMs: nowMs };
    // With a second to begin with, the first listener hears something as soon as it's encoded.
    transcoder.write(pager.headerPages({}, channels));
    const past = this.#position.latestSecond(this.#options.line);
    if (past.length > 0) transcoder.write(pager.page(past));
  }

  #feed({ transcoder, pager, sinceMs }: Run, nowMs: number): void {
    if (nowMs - sinceMs > BOUNDS.transcoderSteadyMs) this.#backoffMs = BOUNDS.transcoderBackoffMs;
    const frames = this.#position.advance(this.#options.line);
    if (frames.length > 0 && !transcoder.write(pager.page(frames))) {
      this.#options.metrics.transcoderSkipped.inc();
    }
  }

  #take(frames: readonly Uint8Array[]): void {
    this.#fresh.push(...frames);
    this.#recent.push(...frames);
    this.#recent.splice(0, this.#recent.length - BOUNDS.newcomerAacFrames);
  }

  #handOut(nowMs: number): void {
    // A crowd that is still being written to gets it with the next chunk.
    if (this.#fresh.length === 0 || this.crowd.busy) return;
    this.#latestSecond = undefined;
    const bytes = Buffer.concat(this.#fresh);
    this.#fresh = [];
    if (this.crowd.size > 0) this.#options.writer.write(this.crowd, bytes, undefined, nowMs);
  }

  #failed(reason: string): void {
    this.#options.log.warn({ reason }, "a transcoder ended by itself");
    this.#options.metrics.transcoders.dec();
    this.#run = undefined;
    this.#retryAtMs = this.#options.nowMs() + this.#backoffMs;
    this.#backoffMs = Math.min(2 * this.#backoffMs, BOUNDS.transcoderBackoffLimitMs);
  }

  #stop(): void {
    if (this.#run === undefined && this.#recent.length === 0) return;
    if (this.#run !== undefined) {
      this.#run.transcoder.close();
      this.#options.metrics.transcoders.dec();
    }
    this.#run = undefined;
    this.#recent = [];
    this.#fresh = [];
    this.#latestSecond = undefined;
  }
}
