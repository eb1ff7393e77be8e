import type { ComponentChildren } from "preact";
import type { Listening } from "../../state/listening.ts";
import { PauseIcon, PlayIcon, SoundIcon, SoundOffIcon } from "../icons.tsx";

interface PlayerProps {
  readonly listening: Listening;
  /** What else is in reach of the thumb: the hand. */
  readonly children?: ComponentChildren;
}

/** One big button, the volume, and in small print how far behind the sound is. */
export function Player({ listening, children }: PlayerProps) {
  const { phase } = listening.room.value;
  const isOpen = phase === "live" || phase === "backstage";
  return (
    <section class="player" aria-label="Player">
      <PlayButton listening={listening} isOpen={isOpen} />
      <div class="player__row">
        <VolumeControl listening={listening} />
        <p class="player__status small soft figures">{listening.playerStatus.value}</p>
      </div>
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
  const isWanted = props.listening.wanted.value;
  return (
    <button
      type="button"
      class={`button button--big ${isWanted ? "button--ink" : "button--primary"}`}
      disabled={!props.isOpen}
      aria-keyshortcuts="Space K"
      onClick={() => props.listening.toggle()}
    >
      {isWanted ? <PauseIcon size={28} /> : <PlayIcon size={28} />}
      {isWanted ? "Pause" : "Play"}
    </button>
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
