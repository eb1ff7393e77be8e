import type { RaidFollowing } from "@rostra/client";
import type { RaidNews } from "@rostra/wire";

/** What a raid is called in words. Pure. */

function soon(seconds: number): string {
  return seconds > 0 ? `in ${seconds} s` : "now";
}

function people(count: number): string {
  return count === 1 ? "1 listener" : `${count.toLocaleString()} listeners`;
}

/**
 * For a listener whose host takes the audience along.
 * @param plays whether they hear the space: who doesn't isn't moved
 */
export function followWords(
  { raid, phase }: RaidFollowing,
  seconds: number,
  plays: boolean,
): string {
  const there = `“${raid?.toTitle ?? ""}”`;
  if (phase === "moving") return `Going along to ${there}…`;
  if (phase === "stays") return plays ? "You stay here." : `The others went along to ${there}.`;
  if (!plays) return `The host takes the audience along to ${there}.`;
  if (seconds === 0) return `You go along to ${there} in a moment.`;
  return `The host takes you along to ${there} ${soon(seconds)}.`;
}

/** For those on stage, on either side. */
export function raidWords({ side, raid, arrived }: RaidNews, seconds: number): string {
  if (raid === null) return "";
  const { listeners, fromTitle, toTitle } = raid;
  if (seconds > 0) {
    return side === "leaving"
      ? `${people(listeners)} go along to “${toTitle}” ${soon(seconds)}.`
      : `“${fromTitle}” brings ${people(listeners)} here ${soon(seconds)}.`;
  }
  // Somebody may have come after it was announced.
  const share = `${arrived.toLocaleString()} of ${Math.max(listeners, arrived).toLocaleString()}`;
  return side === "leaving"
    ? `${share} have arrived at “${toTitle}”.`
    : `${share} have arrived from “${fromTitle}”.`;
}
