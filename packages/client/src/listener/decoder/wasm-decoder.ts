import { type Channels, FRAME_SAMPLES } from "@rostra/wire";
import { ListenerError } from "../../errors.ts";
import type { FrameDecoder } from "./decoder.ts";

/** Opus in WASM, fetched only where it is needed: about 40 KB over the wire. */
export async function openWasmDecoder(channels: Channels = 1): Promise<FrameDecoder> {
  const { OpusDecoder } = await import("opus-decoder");
  const decoder = new OpusDecoder({ channels });
  await decoder.ready;
  return {
    decode: async (packet) => {
      const { channelData, samplesDecoded } = decoder.decodeFrame(packet);
      if (channelData.length !== channels || samplesDecoded !== FRAME_SAMPLES) {
        throw new ListenerError("decoder", "A packet gave no sound");
      }
      // Copies: the decoder may keep its memory, the caller hands its own away.
      return channelData.map((pcm) => pcm.slice());
    },
    close: () => decoder.free(),
  };
}
