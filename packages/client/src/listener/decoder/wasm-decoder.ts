import { FRAME_SAMPLES } from "@rostra/wire";
import { ListenerError } from "../../errors.ts";
import type { FrameDecoder } from "./decoder.ts";

/** Opus in WASM, fetched only where it is needed: about 40 KB over the wire. */
export async function openWasmDecoder(): Promise<FrameDecoder> {
  const { OpusDecoder } = await import("opus-decoder");
  const decoder = new OpusDecoder({ channels: 1 });
  await decoder.ready;
  return {
    decode: async (packet) => {
      const { channelData, samplesDecoded } = decoder.decodeFrame(packet);
      const pcm = channelData[0];
      if (pcm === undefined || samplesDecoded !== FRAME_SAMPLES) {
        throw new ListenerError("decoder", "A packet gave no sound");
      }
      // A copy: the decoder may keep its memory, the caller hands its own away.
      return pcm.slice();
    },
    close: () => decoder.free(),
  };
}
