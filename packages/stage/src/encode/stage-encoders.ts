import { type Opus, programEncoding, THIN_ENCODING } from "@rostra/sound";
import type { Channels } from "@rostra/wire";
import { EARS_PER_STAGE } from "../mix/stage-mix.ts";
import { returnEncoding } from "./return-feed.ts";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/** The encoders of one space. Each is asked only when its packet is needed. */
export interface StageEncoders {
  /** Of all that they take: what the space's sound says. */
  readonly channels: Channels;
  /** What goes to the audience. */
  readonly program: SeamlessEncoder;
  /** The same for thin links; always one channel. */
  readonly thin: SeamlessEncoder;
  /** One for each mix that speakers may share. */
  readonly shared: readonly SeamlessEncoder[];
  close(): void;
}

export async function openStageEncoders(
  opus: Opus,
  channels: Channels = 1,
): Promise<StageEncoders> {
  const program = new SeamlessEncoder(await opus.createEncoder(programEncoding(channels)));
  const thin = new SeamlessEncoder(await opus.createEncoder(THIN_ENCODING));
  const shared: SeamlessEncoder[] = [];
  while (shared.length < EARS_PER_STAGE) {
    shared.push(new SeamlessEncoder(await opus.createEncoder(returnEncoding(channels))));
  }
  return {
    channels,
    program,
    thin,
    shared,
    close: () => {
      for (const encoder of [program, thin, ...shared]) encoder.close();
    },
  };
}
