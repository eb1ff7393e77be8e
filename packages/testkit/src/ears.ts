import type { Page } from "playwright-core";

/**
 * Runs in the page before anything else: copies whatever reaches the loudspeaker, and whatever
 * arrives over WebRTC, into memory. A test hears what a person would, whatever the page claims.
 */
function installEars(): void {
  type Taps = { speaker: Float32Array[]; remote: Float32Array[] };
  const taps: Taps = { speaker: [], remote: [] };
  const recorders = new WeakMap<BaseAudioContext, ScriptProcessorNode>();
  const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;

  function record(context: AudioContext, into: Float32Array[]): ScriptProcessorNode {
    const node = context.createScriptProcessor(2048, 1, 1);
    node.onaudioprocess = (event) => {
      into.push(new Float32Array(event.inputBuffer.getChannelData(0)));
    };
    connect.call(node, context.destination);
    return node;
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

  let remoteContext: AudioContext | undefined;
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener("track", (event) => {
        remoteContext ??= new AudioContext({ sampleRate: 48_000 });
        const source = remoteContext.createMediaStreamSource(new MediaStream([event.track]));
        connect.call(source, record(remoteContext, taps.remote));
      });
    }
  };
  (window as unknown as { rostraEars: Taps }).rostraEars = taps;
}

/** Must be called before the page is opened. */
export async function giveEars(page: Page): Promise<void> {
  await page.addInitScript(installEars);
}

/** Forgets what was heard so far. */
export async function clearEars(page: Page): Promise<void> {
  await page.evaluate(() => {
    const taps = (window as unknown as { rostraEars: Record<string, Float32Array[]> }).rostraEars;
    for (const tap of Object.values(taps)) tap.length = 0;
  });
}

/**
 * What the page has heard since it was opened or cleared: mono at the context's rate (48 kHz).
 * @param tap `speaker`: what reached the loudspeaker through Web Audio; `remote`: what WebRTC brought
 */
export async function heardBy(page: Page, tap: "speaker" | "remote"): Promise<Float32Array> {
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
