import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import type { Listening } from "../../state/listening.ts";
import { missedWords, placeNews } from "../../state/place.ts";
import { MoreIcon, PauseIcon, PlayIcon, SoundIcon, SoundOffIcon } from "../icons.tsx";

interface PlayerProps {
  readonly listening: Listening;
  /** What else is in reach of the thumb: the hand. */
  readonly children?: ComponentChildren;
}

const STATUS_ID = "player-status";

/** One big button, the way back to live for who is behind, the volume, and where the sound is. */
export function Player({ listening, children }: PlayerProps) {
  const { phase } = listening.room.value;
  const isOpen = phase === "live" || phase === "backstage";
  const news = placeNews(listening.place.value);
  useEffect(() => {
    if (news !== "") announce(news);
  }, [news]);
  return (
    <section class="player" aria-label="Player">
      <div class="player__buttons">
        <PlayButton listening={listening} isOpen={isOpen} />
        <JumpButton listening={listening} />
      </div>
      <div class="player__row">
        <VolumeControl listening={listening} />
        <p class="player__status small soft figures" id={STATUS_ID}>
          {listening.playerStatus.value}
        </p>
        <MoreMenu listening={listening} />
      </div>
      <Missed listening={listening} />
      {children}
      {listening.problem.value !== null && (
        <p class="problem" role="alert">
          {listening.problem.value}
        </p>
      )}
    </section>
  );
}

/** Its colour follows its meaning: the accent calls for the press, ink says that it is on. */
function PlayButton(props: { listening: Listening; isOpen: boolean }) {
  const { isPaused } = props.listening.place.value;
  const isWanted = props.listening.wanted.value;
  return (
    <button
      type="button"
      class={`button button--big ${isWanted ? "button--ink" : "button--primary"}`}
      disabled={!props.isOpen}
      aria-keyshortcuts="Space K"
      aria-describedby={STATUS_ID}
      onClick={() => props.listening.toggle()}
    >
      {isWanted ? <PauseIcon size={28} /> : <PlayIcon size={28} />}
      {isWanted ? "Pause" : isPaused ? "Resume" : "Play"}
    </button>
  );
}

/** Beside the big button rather than under it: nothing moves when it comes. */
function JumpButton({ listening }: { listening: Listening }) {
  if (listening.place.value.behindS === null) return null;
  return (
    <button
      type="button"
      class="button player__jump"
      aria-keyshortcuts="L"
      onClick={() => void listening.jumpToLive()}
    >
      Jump to live
    </button>
  );
}

/** What a pause longer than the servers keep sound has cost. */
function Missed({ listening }: { listening: Listening }) {
  const words = missedWords(listening.place.value);
  return words === "" ? null : (
    <p class="small soft" role="status">
      {words}
    </p>
  );
}

/** What few need: kept out of the way. */
function MoreMenu({ listening }: { listening: Listening }) {
  return (
    <details class="more">
      <summary class="button button--quiet button--round" aria-label="More about the sound">
        <MoreIcon />
      </summary>
      <div class="more__panel">
        <label class="more__item">
          <input
            type="checkbox"
            role="switch"
            checked={listening.dataSaver.value}
            aria-checked={listening.dataSaver.value}
            aria-describedby="data-saver-hint"
            onChange={(event) => listening.setDataSaver(event.currentTarget.checked)}
          />
          Use less data
        </label>
        <p class="small soft" id="data-saver-hint">
          About 8 MB an hour instead of 15; voices sound a little thinner.
        </p>
      </div>
    </details>
  );
}

/** iOS leaves the volume to its buttons; the switch beside the slider works there too. */
function VolumeControl({ listening }: { listening: Listening }) {
  const { level, isOff } = listening.volume.value;
  return (
    <div class="volume">
      <button
        type="button"
        class="button button--quiet button--round"
        aria-label="Sound off"
        aria-pressed={isOff}
        aria-keyshortcuts="M"
        onClick={() => listening.toggleSound()}
      >
        {isOff ? <SoundOffIcon /> : <SoundIcon />}
      </button>
      <input
        class="range"
        type="range"
        aria-label="Volume"
        min={0}
        max={100}
        step={1}
        value={isOff ? 0 : Math.round(level * 100)}
        onInput={(event) => listening.setLevel(event.currentTarget.valueAsNumber / 100)}
      />
    </div>
  );
}
