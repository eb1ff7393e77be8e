import type { Channels } from "@rostra/wire";
import type { Page } from "playwright-core";

/**
 * Runs in the page before anything else: copies what the microphone gives, what reaches the
 * loudspeaker and what arrives over WebRTC into memory. A test hears what a person would, whatever
 * the page claims.
 */
function installEars(channels: 1 | 2): void {
  type Taps = Record<"microphone" | "speaker" | "remote", Float32Array[]>;
  const taps: Taps = { microphone: [], speaker: [], remote: [] };
  const startsMs = new WeakMap<Float32Array[], number>();
  const recorders = new WeakMap<BaseAudioContext, GainNode>();
  const modules = new WeakMap<BaseAudioContext, Promise<void>>();
  const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;

  // On the sound's own thread: a page that is busy must not be heard as a gap.
  const processor = `registerProcessor("ear", class extends AudioWorkletProcessor {
    process([[left, right]]) {
      if (right) {
        const both = new Float32Array(2 * left.length);
        for (let i = 0; i < left.length; i += 1) both.set([left[i], right[i]], 2 * i);
        this.port.postMessage(both);
      } else if (left) this.port.postMessage(left.slice());
      return true;
    }
  });`;
  const processorUrl = URL.createObjectURL(new Blob([processor], { type: "text/javascript" }));

  /** @returns a node at once; it hears as soon as the worklet is there */
  function record(context: AudioContext, into: Float32Array[]): GainNode {
    const input = new GainNode(context);
    let module = modules.get(context);
    if (module === undefined) {
      module = context.audioWorklet.addModule(processorUrl);
      modules.set(context, module);
    }
    void module.then(() => {
      const ear = new AudioWorkletNode(context, "ear", {
        numberOfOutputs: 0,
        channelCount: channels,
        channelCountMode: "explicit",
      });
      ear.port.onmessage = ({ data }) => {
        // When the first sample of what is kept was at this place, ms since 1970.
        if (into.length === 0) startsMs.set(into, performance.timeOrigin + performance.now());
        into.push(data);
      };
      connect.call(input, ear);
    });
    return input;
  }

  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    const target = args[0];
    if (target instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      let recorder = recorders.get(this.context);
      if (recorder === undefined) {
        recorder = record(this.context, taps.speaker);
        recorders.set(this.context, recorder);
      }
      connect.call(this, recorder);
    }
    return Reflect.apply(connect, this, args);
  } as typeof AudioNode.prototype.connect;

  let trackContext: AudioContext | undefined;
  function recordTrack(track: MediaStreamTrack, into: Float32Array[]): void {
    trackContext ??= new AudioContext({ sampleRate: 48_000 });
    const source = trackContext.createMediaStreamSource(new MediaStream([track]));
    connect.call(source, record(trackContext, into));
  }

  const devices = navigator.mediaDevices;
  const getUserMedia = devices?.getUserMedia.bind(devices);
  if (getUserMedia !== undefined) {
    devices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      for (const track of stream.getAudioTracks()) recordTrack(track, taps.microphone);
      return stream;
    };
  }

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener("track", (event) => {
        recordTrack(event.track, taps.remote);
      });
    }
  };
  Object.assign(window, {
    rostraEars: taps,
    rostraEarStart: (name: keyof Taps) => startsMs.get(taps[name]) ?? null,
  });
}

/**
 * Must be called before the page is opened, in a context without the site's CSP.
 * @param channels that are kept; two are interleaved
 */
export async function giveEars(page: Page, channels: Channels = 1): Promise<void> {
  await page.addInitScript(installEars, channels);
}

/** Forgets what was heard so far. */
export async function clearEars(page: Page): Promise<void> {
  await page.evaluate(() => {
    const taps = (window as unknown as { rostraEars: Record<string, Float32Array[]> }).rostraEars;
    for (const tap of Object.values(taps)) tap.length = 0;
  });
}

/**
 * What the page has heard since it was opened or cleared, at the context's rate (48 kHz): mono, or
 * interleaved where its ears are stereo.
 * @param tap `microphone`: what the page got of it; `speaker`: what reached the loudspeaker through Web
 *   Audio; `remote`: what WebRTC brought
 */
export async function heardBy(
  page: Page,
  tap: "microphone" | "speaker" | "remote",
): Promise<Float32Array> {
  const base64 = await page.evaluate((name) => {
    const taps = (window as unknown as { rostraEars: Record<string, Float32Array[]> }).rostraEars;
    const blocks = taps[name] ?? [];
    const total = blocks.reduce((sum, block) => sum + block.length, 0);
    // 16 bits are enough to compare by ear, and cross to the test sooner.
    const samples = new Int16Array(total);
    let offset = 0;
    for (const block of blocks) {
      for (const sample of block) {
        samples[offset] = Math.max(-1, Math.min(1, sample)) * 32_767;
        offset += 1;
      }
    }
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) {
      text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    }
    return btoa(text);
  }, tap);
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from(
    { length: bytes.length / 2 },
    (_, index) => bytes.readInt16LE(index * 2) / 32_768,
  );
}

/** When the first sample of `heardBy` was there, ms since 1970; null before the first. */
export async function heardSinceMs(
  page: Page,
  tap: "microphone" | "speaker" | "remote",
): Promise<number | null> {
  return page.evaluate(
    (name) =>
      (window as unknown as { rostraEarStart: (tap: string) => number | null }).rostraEarStart(
        name,
      ),
    tap,
  );
}
