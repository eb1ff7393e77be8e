import { computed, useSignal } from "@preact/signals";
import type { RaidNews } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { api } from "../../state/app.ts";
import { countdown } from "../../state/countdown.ts";
import { raidWords } from "../../state/raid-words.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import type { Desk } from "./stage-view.tsx";

/** For those on stage: which audience goes where, how many have arrived, and a way to call it off. */
export function RaidStatus({ desk }: { desk: Desk }) {
  return (
    <>
      {desk.listening.raids.value.map((news) => (
        <OneRaid key={news.side} desk={desk} news={news} />
      ))}
    </>
  );
}

function OneRaid({ desk, news }: { desk: Desk; news: RaidNews }) {
  const { listening, me, session } = desk;
  const startsAtMs = news.raid?.startsAtMs ?? 0;
  const source = useSignal(startsAtMs);
  source.value = startsAtMs;
  const left = useMemo(
    () => countdown(computed(() => listening.toOwnClock(source.value))),
    [listening],
  );
  useEffect(() => left.stop, [left]);
  const seconds = left.signal.value ?? 0;
  const isOn = seconds > 0;
  useEffect(() => announce(raidWords(news, seconds)), [startsAtMs, isOn]);
  const space = listening.space.value;
  const mayCallOff = isOn && space !== null && stagePowers(space, me).canModerate;
  return (
    <aside class="notice" aria-label="The audience goes along">
      <p class="notice__text figures">{raidWords(news, seconds)}</p>
      {mayCallOff && (
        <button
          type="button"
          class="button"
          onClick={() => void session.attempt(() => api.callOffRaid(session.spaceId))}
        >
          {news.side === "leaving" ? "Call it off" : "Decline"}
        </button>
      )}
    </aside>
  );
}
