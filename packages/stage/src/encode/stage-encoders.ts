import { type Opus, PROGRAM_ENCODING } from "@rostra/sound";
import { RETURN_ENCODING } from "./return-feed.ts";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/** The encoders of one space. Each is asked only when its packet is needed. */
export interface StageEncoders {
  /** What goes to the audience. */
  readonly program: SeamlessEncoder;
  /** What all speakers hear who aren't talking, where that isn't the program itself. */
  readonly shared: SeamlessEncoder;
  close(): void;
}

export async function openStageEncoders(opus: Opus): Promise<StageEncoders> {
  const program = new SeamlessEncoder(await opus.createEncoder(PROGRAM_ENCODING));
  const shared = new SeamlessEncoder(await opus.createEncoder(RETURN_ENCODING));
  return {
    program,
    shared,
    close: () => {
      program.close();
      shared.close();
    },
  };
}
