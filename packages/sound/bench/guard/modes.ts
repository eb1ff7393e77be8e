import { Room } from "./room.ts";

const LOWEST_HZ = 150;
const HIGHEST_HZ = 7_500;
/** Fine enough for the 1 Hz between two modes of the longest loop. */
const STEP_HZ = 0.1;

/** A frequency at which sound that has gone round a loop once is in phase with itself. */
export interface Mode {
  readonly hz: number;
  /** How much the loop changes it each round, against the highest at any frequency. */
  readonly gain: number;
  /** How long a round takes, s. */
  readonly roundS: number;
}

const known = new Map<string, readonly Mode[]>();

/**
 * The modes of a loop around a room. It howls at those whose gain is above one, and at no other tone
 * (H. Nyquist, "Regeneration Theory", Bell System Technical Journal 11(1), 1932).
 */
export function modesOf(seed: number, delayMs: number): readonly Mode[] {
  const key = `${seed} ${delayMs}`;
  const modes = known.get(key) ?? findModes(seed, delayMs);
  known.set(key, modes);
  return modes;
}

/** Where the phase falls through zero. */
function findModes(seed: number, delayMs: number): Mode[] {
  const room = new Room(seed, delayMs);
  const peak = Room.peakGain(seed);
  const modes: Mode[] = [];
  let [lastRe, lastIm] = room.response(LOWEST_HZ);
  for (let hz = LOWEST_HZ + STEP_HZ; hz < HIGHEST_HZ; hz += STEP_HZ) {
    const [re, im] = room.response(hz);
    if (lastIm > 0 && im <= 0 && re + lastRe > 0) {
      const turned = Math.atan2(lastIm, lastRe) - Math.atan2(im, re);
      modes.push({
        hz,
        gain: Math.hypot(re, im) / peak,
        roundS: turned / (2 * Math.PI * STEP_HZ),
      });
    }
    [lastRe, lastIm] = [re, im];
  }
  return modes;
}

/** How fast the mode grows that grows fastest, dB a second; null: the loop is stable. */
export function fastestGrowth(modes: readonly Mode[], loopGain: number): number | null {
  const rates = modes
    .filter(({ gain }) => gain * loopGain > 1)
    .map(({ gain, roundS }) => (20 * Math.log10(gain * loopGain)) / roundS);
  return rates.length === 0 ? null : Math.max(...rates);
}
