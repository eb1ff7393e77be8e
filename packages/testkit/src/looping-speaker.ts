import { loadOpus } from "@rostra/sound";
import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";
import { WhipPeer } from "./whip-peer.ts";

const BITRATE = 48_000;

/** Sends packets of 20 ms over and over, in real time. @returns stops it */
export function playLooped(
  peer: Pick<WhipPeer, "send">,
  packets: readonly Uint8Array[],
): () => void {
  const fromMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * FRAME_MS <= performance.now() - fromMs; sent += 1) {
      peer.send(packets[sent % packets.length]!, sent * FRAME_SAMPLES);
    }
  }, FRAME_MS / 2);
  return () => clearInterval(timer);
}

/** @param voice 48 kHz, mono @returns packets of 20 ms */
export async function encodeVoice(voice: Float32Array): Promise<Uint8Array[]> {
  const encoder = await (await loadOpus()).createEncoder({ bitrate: BITRATE });
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= voice.length; at += FRAME_SAMPLES) {
    packets.push(encoder.encode(voice.subarray(at, at + FRAME_SAMPLES)));
  }
  encoder.close();
  return packets;
}

/** Somebody on stage without a browser who says the same over and over, in time. */
export class LoopingSpeaker {
  readonly #peer: WhipPeer;
  readonly #hush: () => void;

  private constructor(peer: WhipPeer, packets: readonly Uint8Array[]) {
    this.#peer = peer;
    this.#hush = playLooped(peer, packets);
  }

  /**
   * @param voice 48 kHz, mono
   * @param whipUrl of the space; @param token of somebody who is on its stage
   */
  static async join(whipUrl: string, token: string, voice: Float32Array): Promise<LoopingSpeaker> {
    const packets = await encodeVoice(voice);
    return new LoopingSpeaker(await WhipPeer.connect(whipUrl, token), packets);
  }

  async leave(): Promise<void> {
    this.#hush();
    await this.#peer.leave();
  }
}
