import { type Cancel, type ProgramFrame, SAMPLE_RATE_HZ } from "@rostra/wire";
import { atMost } from "../../at-most.ts";
import { ListenerError } from "../../errors.ts";
import { ResilientDecoder } from "../decoder/resilient-decoder.ts";
import { openWasmDecoder } from "../decoder/wasm-decoder.ts";
import { openWebCodecsDecoder } from "../decoder/webcodecs-decoder.ts";
import { openStretcher } from "../playout/open-stretcher.ts";
import { Player } from "../playout/player.ts";
import { GESTURE_WAIT_MS, type Output, type OutputOptions, STILL_MS } from "./output.ts";
// A file of its own rather than a blob: it works under a script-src of 'self' alone.
import workletUrl from "./playout.worklet.ts?worker&url";
import { buffersOf, type FromWorklet, PROCESSOR_NAME, type ToWorklet } from "./worklet-messages.ts";

export function worksHere(): boolean {
  return typeof AudioContext !== "undefined" && typeof AudioWorkletNode !== "undefined";
}

/** Web Audio: the least delay, and the only output where we decide about every sample. */
export class WorkletOutput implements Output {
  readonly kind = "worklet";
  readonly takesFrames = true;
  readonly ready: Promise<void>;
  readonly #options: OutputOptions;
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  readonly #player: Player;
  #node: AudioWorkletNode | null = null;
  #cancelWatch: Cancel = () => {};
  /** There is a node, and the context runs: the player isn't held. */
  #running = false;
  #paused = false;
  #closed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: "interactive" });
    this.#gain = new GainNode(this.#context, { gain: options.volume });
    this.#gain.connect(this.#context.destination);
    this.#player = new Player({
      clock: options.clock,
      decoder: new ResilientDecoder(
        [openWebCodecsDecoder, openWasmDecoder],
        options.clock,
        options.channels,
      ),
      sink: {
        push: (planes, frame) => this.#say({ kind: "pcm", planes, frame }, buffersOf(planes)),
        clear: () => this.#say({ kind: "clear" }),
      },
      openStretcher,
      cadenceMs: options.cadenceMs,
    });
    // Held until there is a node and the context runs: what isn't heard must not be used up.
    this.#player.hold();
    this.#context.addEventListener("statechange", this.#onContextState);
    document.addEventListener("visibilitychange", this.#tryResume);
    this.ready = this.#start();
  }

  push(frames: readonly ProgramFrame[], live: boolean): void {
    this.#player.push(frames, live);
  }

  setCadence(cadenceMs: number, fromFrame?: number): void {
    this.#player.setCadence(cadenceMs, fromFrame);
  }

  pause(): void {
    this.#paused = true;
    this.#player.hold();
    // What waits in the audio thread stays there, to the sample.
    this.#context.suspend().catch(() => {});
  }

  async resume(): Promise<void> {
    this.#paused = false;
    await this.#resumed();
    this.#onContextState();
  }

  setFollowing(following: boolean): void {
    this.#player.setFollowing(following);
  }

  jumpToLive(): void {
    this.#player.jumpToLive();
  }

  setVolume(volume: number): void {
    // Over some 50 ms: a step would be heard as a click.
    this.#gain.gain.setTargetAtTime(volume, this.#context.currentTime, 0.015);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWatch();
    this.#context.removeEventListener("statechange", this.#onContextState);
    document.removeEventListener("visibilitychange", this.#tryResume);
    this.#player.close();
    this.#node?.port.close();
    await this.#context.close();
  }

  async #start(): Promise<void> {
    // Both at once: `resume` belongs to the gesture, which an `await` before it would lose.
    await Promise.all([this.#resumed(), this.#loadNode()]);
    this.#onContextState();
  }

  async #loadNode(): Promise<void> {
    try {
      await this.#context.audioWorklet.addModule(workletUrl);
    } catch (cause) {
      throw new ListenerError("no-output", "The audio worklet could not be loaded", { cause });
    }
    if (this.#closed) return;
    this.#node = new AudioWorkletNode(this.#context, PROCESSOR_NAME, {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#onReport(data);
    this.#node.connect(this.#gain);
  }

  async #resumed(): Promise<void> {
    await atMost(this.#options.clock, GESTURE_WAIT_MS, this.#context.resume(), undefined);
    if (this.#context.state !== "running" && !this.#closed) {
      throw new ListenerError("needs-gesture", "The browser wants a click before it plays sound");
    }
  }

  /** Interruptions (a phone call, another app) end by themselves, or by our asking. */
  readonly #tryResume = (): void => {
    if (this.#closed || this.#paused || this.#context.state === "running") return;
    // Refused without a gesture: then the page's play button is the way back.
    this.#context.resume().catch(() => {});
  };

  readonly #onContextState = (): void => {
    const running = this.#context.state === "running" && !this.#paused;
    if (this.#closed || this.#node === null || running === this.#running) return;
    this.#running = running;
    if (running) {
      this.#player.resume();
      return;
    }
    this.#player.hold();
    this.#report(null);
    this.#tryResume();
  };

  #say(message: ToWorklet, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(message, transfer);
  }

  #onReport(report: FromWorklet): void {
    if (this.#closed || !this.#running) return;
    this.#player.onReport(report);
    this.#report(report);
    this.#cancelWatch();
    this.#cancelWatch = this.#options.clock.after(STILL_MS, () => this.#report(null));
  }

  /** @param report null where the audio thread stands still */
  #report(report: FromWorklet | null): void {
    const latencyS = this.#context.baseLatency + (this.#context.outputLatency || 0);
    this.#options.report({
      playing: report !== null && report.programSamples > 0,
      playedFrame: report?.playedFrame ?? null,
      bufferedMs: this.#player.bufferedMs,
      behindMs: this.#player.behindMs,
      following: this.#player.following,
      rate: this.#player.rate,
      lostFrames: this.#player.lostFrames,
      latencyMs: latencyS * 1_000,
      error: this.#player.decoderBroken
        ? new ListenerError("decoder", "The sound can't be decoded in this browser")
        : null,
    });
  }
}
