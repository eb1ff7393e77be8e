import { setTimeout as sleep } from "node:timers/promises";
import { loadOpus } from "@rostra/sound";
import { WhipPeer } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";
import { voiceLike } from "../../test/support/voice-like.ts";

/** Somebody on stage who talks on and on. @returns what lets them leave */
export async function talk(
  url: string,
  spaceId: string,
  token: string,
): Promise<() => Promise<void>> {
  const { pcm } = await voiceLike();
  const encoder = await (await loadOpus()).createEncoder({ bitrate: 32_000 });
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    packets.push(encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES)));
  }
  encoder.close();
  const peer = await WhipPeer.connect(`${url}/api/v1/spaces/${spaceId}/whip`, token);
  let talking = true;
  const startMs = performance.now();
  const done = (async () => {
    for (let frame = 0; talking; frame += 1) {
      const waitMs = startMs + frame * FRAME_MS - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      peer.send(packets[frame % packets.length]!, frame * FRAME_SAMPLES);
    }
  })();
  return async () => {
    talking = false;
    await done;
    await peer.leave();
  };
}
