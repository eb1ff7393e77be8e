import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";
import { HowlDetector } from "../../src/guard/howl-detector.ts";
import { rmsDbfs } from "../../src/level/rms.ts";
import { Limiter } from "../../src/mixer/limiter.ts";
import { atSixteen } from "../../test/at-sixteen.ts";
import { Room } from "./room.ts";

export interface HowlRun {
  /** When what comes back is first as loud as the voice on average, s after closing; null: never. */
  readonly onsetS: number | null;
  /** When the detector said so, s after closing; null: never. */
  readonly detectedS: number | null;
}

export interface HowlLoop {
  readonly voice: Float32Array;
  /** Of the whole loop at the frequency where it is highest. */
  readonly gain: number;
  readonly delayMs: number;
  readonly seed: number;
}

/** The loop closes after a second; the microphone clips at full scale, the mix is limited. */
const CLOSES_AT_S = 1;
const VOICE_DBFS = -20;

/** A closed loop; `onFrame` may change what goes round. */
function runLoop(
  loop: HowlLoop,
  onFrame: (mic: Float32Array, back: Float32Array, s: number) => boolean,
) {
  const room = new Room(loop.seed, loop.delayMs);
  const gain = loop.gain / Room.peakGain(loop.seed);
  const limiter = new Limiter();
  for (let at = 0; at + FRAME_SAMPLES <= loop.voice.length; at += FRAME_SAMPLES) {
    const s = at / 48_000 - CLOSES_AT_S;
    const back = room.heard(FRAME_SAMPLES).map((sample) => (s < 0 ? 0 : sample * gain));
    const mic = back.map((sample, i) => Math.max(-1, Math.min(1, sample + loop.voice[at + i]!)));
    if (!onFrame(mic, back, s)) return;
    limiter.process(mic);
    room.play(mic);
  }
}

/** The guard only listens: when does it know. */
export function howlRun(loop: HowlLoop): HowlRun {
  const detector = new HowlDetector();
  const wide = atSixteen();
  let [onsetS, detectedS]: (number | null)[] = [null, null];
  let louder = 0;
  runLoop(loop, (mic, back, s) => {
    louder = rmsDbfs(back) > VOICE_DBFS ? louder + 1 : 0;
    if (louder === 25) onsetS ??= s - (25 * FRAME_MS) / 1000;
    if (detector.push(wide(mic))) detectedS ??= s + FRAME_MS / 1000;
    return onsetS === null || detectedS === null;
  });
  return { onsetS, detectedS };
}
