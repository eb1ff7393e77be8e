import type { OpusDecoder } from "@rostra/sound";

/** What a decoder does about packets that never came. */
export type Repair = "fec and concealment" | "concealment only" | "nothing";

/** A decoder that is kept from some of what it could do; owns the one inside. */
export function crippled(decoder: OpusDecoder, repair: Repair): OpusDecoder {
  if (repair === "fec and concealment") return decoder;
  const conceal = (samples: number) =>
    repair === "nothing" ? new Float32Array(samples) : decoder.conceal(samples);
  return {
    decode: (packet) => decoder.decode(packet),
    recover: (_next, samples) => conceal(samples),
    conceal,
    close: () => decoder.close(),
  };
}
