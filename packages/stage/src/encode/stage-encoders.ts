import { type Opus, PROGRAM_ENCODING } from "@rostra/sound";
import { EARS_PER_STAGE } from "../mix/stage-mix.ts";
import { RETURN_ENCODING } from "./return-feed.ts";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/** The encoders of one space. Each is asked only when its packet is needed. */
export interface StageEncoders {
  /** What goes to the audience. */
  readonly program: SeamlessEncoder;
  /** One for each mix that speakers may share. */
  readonly shared: readonly SeamlessEncoder[];
  close(): void;
}

export async function openStageEncoders(opus: Opus): Promise<StageEncoders> {
  const program = new SeamlessEncoder(await opus.createEncoder(PROGRAM_ENCODING));
  const shared: SeamlessEncoder[] = [];
  while (shared.length < EARS_PER_STAGE) {
    shared.push(new SeamlessEncoder(await opus.createEncoder(RETURN_ENCODING)));
  }
  return {
    program,
    shared,
    close: () => {
      for (const encoder of [program, ...shared]) encoder.close();
    },
  };
}
