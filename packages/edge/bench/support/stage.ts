import type { Relay } from "@rostra/relay";
import { testSpace } from "@rostra/testkit";
import { FRAME_MS, frameNumberAt, type SpaceSnapshot, STATE_KEYS, systemClock } from "@rostra/wire";
import type { VoiceLike } from "../../test/support/voice-like.ts";

/** A space on air, with a frame every 20 ms. @param backstage the stage's place on the relay */
export function playStage(backstage: Relay, voice: VoiceLike): SpaceSnapshot {
  const epochMs = systemClock.nowMs() - 60_000;
  const space = testSpace({ epochMs, liveAtMs: epochMs });
  const stage = { role: "stage", name: "stage-1", url: "http://127.0.0.1:9", pid: process.pid };
  backstage.put(STATE_KEYS.service("stage-1"), stage);
  backstage.put(STATE_KEYS.space(space.id), space);
  let next = frameNumberAt(epochMs, systemClock.nowMs());
  setInterval(() => {
    // A fan-out may have held the loop for long: what is due is published together.
    const due = frameNumberAt(epochMs, systemClock.nowMs());
    const frames = Array.from({ length: due - next }, (_, at) => voice.frameAt(next + at));
    next = due;
    if (frames.length > 0) backstage.publishFrames(space.id, frames);
  }, FRAME_MS);
  return space;
}
