import type { Stretcher } from "./player.ts";

/** In a chunk of its own: nobody needs it before the first sound, whoever drops needs it at once. */
export async function openStretcher(): Promise<Stretcher> {
  const { TimeStretcher } = await import("./stretcher-part.ts");
  return new TimeStretcher();
}
