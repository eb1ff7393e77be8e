import { computed } from "@preact/signals";
import { RaidFollower, SpaceListener } from "@rostra/client";
import { useEffect, useMemo } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { carryAlong } from "../../state/carried.ts";
import { countdown } from "../../state/countdown.ts";
import type { Listening } from "../../state/listening.ts";
import { observe } from "../../state/observe.ts";
import { followWords } from "../../state/raid-words.ts";

/** The host takes the audience along: said in time, done by itself, and each may stay. */
export function RaidCard({ listening }: { listening: Listening }) {
  const { follower, state, seconds } = useFollower(listening);
  const { raid, phase } = state.value;
  const plays = listening.wanted.value;
  useEffect(() => {
    if (raid !== null) announce(followWords({ raid, phase }, seconds.peek() ?? 0, plays));
  }, [raid?.startsAtMs, phase]);
  if (raid === null) return null;
  return (
    <aside class="notice" aria-label="The audience goes along">
      <p class="notice__text figures">{followWords({ raid, phase }, seconds.value ?? 0, plays)}</p>
      {phase === "waiting" && plays ? (
        <button type="button" class="button" onClick={() => follower.stay()}>
          Stay
        </button>
      ) : (
        phase !== "moving" && (
          <a class="button" href={`/s/${raid.to}`}>
            Go there
          </a>
        )
      )}
    </aside>
  );
}

/** Follows for as long as the card is there. */
function useFollower(listening: Listening) {
  const made = useMemo(() => {
    const follower = new RaidFollower({
      listener: listening.listener,
      open: ({ from, to }) => {
        const { volume, dataSaver } = listening.listener.state.value;
        return new SpaceListener({ spaceId: to, volume, dataSaver, cameFrom: from });
      },
      moved: (listener, { to }) => carryAlong(to, listener),
    });
    const state = observe(follower.state);
    const startsAt = computed(() => {
      const { raid } = state.signal.value;
      return raid === null ? null : listening.toOwnClock(raid.startsAtMs);
    });
    const left = countdown(startsAt);
    const close = () => {
      left.stop();
      state.stop();
      follower.close();
    };
    return { follower, state: state.signal, seconds: left.signal, close };
  }, [listening]);
  useEffect(() => made.close, [made]);
  return made;
}
