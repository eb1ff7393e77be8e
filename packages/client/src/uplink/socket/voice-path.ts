import type { Clock } from "@rostra/wire";
import { UplinkError } from "../../errors.ts";
import { ResilientDecoder } from "../../listener/decoder/resilient-decoder.ts";
import { openWasmDecoder } from "../../listener/decoder/wasm-decoder.ts";
import { openWebCodecsDecoder } from "../../listener/decoder/webcodecs-decoder.ts";
import playoutUrl from "../../listener/output/playout.worklet.ts?worker&url";
import {
  buffersOf,
  type FromWorklet,
  PROCESSOR_NAME,
  type ToWorklet,
} from "../../listener/output/worklet-messages.ts";
import { openStretcher } from "../../listener/playout/open-stretcher.ts";
import { Player } from "../../listener/playout/player.ts";
import captureUrl from "./capture.worklet.ts?worker&url";
import { CaptureClock } from "./capture-clock.ts";
import { CAPTURE_NAME, type CapturedFrame } from "./capture-messages.ts";
import { RtpReader, RtpWriter } from "./rtp-stream.ts";
import { openVoiceEncoder, type VoiceEncoder } from "./voice-encoder.ts";

export interface VoicePathOptions {
  readonly clock: Clock;
  readonly track: MediaStreamTrack;
  readonly music: boolean;
  /** Takes each packet of the microphone, every 20 ms but for silence, and reports of its sender. */
  readonly send: (datagram: Uint8Array) => void;
  /** It can't go on: the encoder broke. */
  readonly failed: () => void;
}

/** The stage sends frame by frame. */
const CADENCE_MS = 20;
/** From the tenth frame on a report each second: a stage of two goes by it (RFC 3550, 6.4.1). */
const REPORT_FRAMES = 50;
const FIRST_REPORT_FRAME = 10;
/** Nobody can talk with people this far away: what was missed is left out. */
const TALK_BEHIND_MS = 2_000;

/**
 * Sound between a microphone, RTP packets and a stream to play, without WebRTC. The stream goes to
 * an audio element, like WebRTC's own: browsers cancel the echo of what elements play.
 */
export class VoicePath {
  readonly stream: MediaStream;
  readonly #options: VoicePathOptions;
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #destination: MediaStreamAudioDestinationNode;
  readonly #reader = new RtpReader();
  readonly #writer = new RtpWriter();
  readonly #captured = new CaptureClock();
  readonly #player: Player;
  #playout: AudioWorkletNode | null = null;
  #capture: AudioWorkletNode | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #encoder: VoiceEncoder | null = null;
  #closed = false;

  private constructor(options: VoicePathOptions) {
    this.#options = options;
    const channelCount = options.music ? 2 : 1;
    this.#destination = new MediaStreamAudioDestinationNode(this.#context, { channelCount });
    this.stream = this.#destination.stream;
    this.#player = new Player({
      clock: options.clock,
      decoder: new ResilientDecoder([openWebCodecsDecoder, openWasmDecoder], options.clock),
      sink: {
        push: (planes, frame) => this.#say({ kind: "pcm", planes, frame }, buffersOf(planes)),
        clear: () => this.#say({ kind: "clear" }),
      },
      openStretcher,
      cadenceMs: CADENCE_MS,
    });
    this.#player.hold();
  }

  /** @throws {UplinkError} `not-supported` */
  static async open(options: VoicePathOptions): Promise<VoicePath> {
    if (typeof AudioWorkletNode === "undefined") {
      throw new UplinkError("not-supported", "This browser has no audio worklets");
    }
    const path = new VoicePath(options);
    try {
      await path.#start();
      return path;
    } catch (cause) {
      path.close();
      throw new UplinkError("not-supported", "The sound could not be set up", { cause });
    }
  }

  /** An RTP packet of what the others say. */
  receive(datagram: Uint8Array): void {
    const frame = this.#reader.read(datagram);
    if (frame !== undefined) this.#player.push([frame], true);
  }

  /** Sends another microphone from now on. */
  setTrack(track: MediaStreamTrack): void {
    if (this.#closed || this.#capture === null) return;
    this.#source?.disconnect();
    const mediaStream = new MediaStream([track]);
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream });
    this.#source.connect(this.#capture);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#source?.disconnect();
    this.#capture?.port.close();
    this.#playout?.port.close();
    this.#encoder?.close();
    this.#player.close();
    this.#context.close().catch(() => {});
  }

  async #start(): Promise<void> {
    // A page that captures a microphone may play; where it may not, it resumes with a gesture.
    this.#context.resume().catch(() => {});
    const { audioWorklet } = this.#context;
    const [encoder] = await Promise.all([
      openVoiceEncoder(this.#options.music, {
        packet: (packet) => {
          const datagram = this.#writer.write(packet);
          if (datagram !== undefined) this.#options.send(datagram);
        },
        failed: () => this.#options.failed(),
      }),
      audioWorklet.addModule(captureUrl),
      audioWorklet.addModule(playoutUrl),
    ]);
    this.#encoder = encoder;
    if (this.#closed) encoder.close();
    else this.#connectNodes(encoder);
  }

  #connectNodes(encoder: VoiceEncoder): void {
    const context = this.#context;
    this.#playout = new AudioWorkletNode(context, PROCESSOR_NAME, {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    this.#playout.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
      this.#player.onReport(data);
      if (this.#player.behindMs > TALK_BEHIND_MS) this.#player.jumpToLive();
    };
    this.#playout.connect(this.#destination);
    this.#capture = new AudioWorkletNode(context, CAPTURE_NAME, {
      channelCount: this.#options.music ? 2 : 1,
      channelCountMode: "explicit",
      outputChannelCount: [1],
    });
    this.#capture.port.onmessage = ({ data }: MessageEvent<CapturedFrame>) => {
      this.#captured.note(this.#options.clock.nowMs());
      encoder.encode(data.pcm);
      this.#report();
    };
    // It puts out silence; without an output some browsers don't run a node at all.
    this.#capture.connect(this.#destination);
    this.setTrack(this.#options.track);
    this.#player.resume();
  }

  #report(): void {
    const { frames, newestAtMs } = this.#captured;
    if (frames % REPORT_FRAMES !== FIRST_REPORT_FRAME) return;
    this.#options.send(this.#writer.report(frames, newestAtMs));
  }

  #say(message: ToWorklet, transfer: Transferable[] = []): void {
    this.#playout?.port.postMessage(message, transfer);
  }
}
