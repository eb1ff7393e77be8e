import { FRAME_SAMPLES } from "@rostra/wire";
import { HowlDetector } from "../../src/guard/howl-detector.ts";
import { clips, load, type MaterialKind } from "./material.ts";

/** Recordings without feedback: how often the detector believes that there is some. */
export function falseHowls(kind: MaterialKind, every: number) {
  let [seconds, alarms, cpuMs] = [0, 0, 0];
  for (const clip of clips([kind]).filter((_, index) => index % every === 0)) {
    const pcm = load(clip);
    const detector = new HowlDetector();
    let lastAt = Number.NEGATIVE_INFINITY;
    const began = process.cpuUsage();
    for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
      if (!detector.push(pcm.subarray(at, at + FRAME_SAMPLES))) continue;
      // The guard stays down for a second: what comes back in that time is the same alarm.
      if (at - lastAt > 48_000) alarms += 1;
      lastAt = at;
    }
    const { user, system } = process.cpuUsage(began);
    cpuMs += (user + system) / 1000;
    seconds += pcm.length / 48_000;
  }
  return { seconds, alarms, cpuMs };
}
