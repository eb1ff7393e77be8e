import { FRAME_SAMPLES } from "@rostra/wire";
import { HowlDetector } from "../../src/guard/howl-detector.ts";
import { atSixteen } from "../../test/at-sixteen.ts";
import { clips, loadAll, type MaterialKind } from "./material.ts";

/** Recordings without feedback: how often the detector believes that there is some, and in how many. */
export function falseHowls(kind: MaterialKind, every: number) {
  let [seconds, alarms, cpuMs] = [0, 0, 0];
  let [all, withAlarms] = [0, 0];
  for (const pcm of loadAll(clips([kind]).filter((_, index) => index % every === 0))) {
    const detector = new HowlDetector();
    const wide = atSixteen();
    let lastAt = Number.NEGATIVE_INFINITY;
    const before = alarms;
    const began = process.cpuUsage();
    for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
      if (!detector.push(wide(pcm.subarray(at, at + FRAME_SAMPLES)))) continue;
      // The guard stays down for a second: what comes back in that time is the same alarm.
      if (at - lastAt > 48_000) alarms += 1;
      lastAt = at;
    }
    const { user, system } = process.cpuUsage(began);
    cpuMs += (user + system) / 1000;
    all += 1;
    if (alarms > before) withAlarms += 1;
    seconds += pcm.length / 48_000;
  }
  return { seconds, alarms, clips: `${withAlarms} of ${all}`, cpuMs };
}
