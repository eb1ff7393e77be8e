import type { Microphone } from "@rostra/client";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../../state/announcer.ts";

/** Loud enough to be speech rather than a room's hum. */
const HEARD_LEVEL = 0.4;

/**
 * How loud the microphone is. Written past the view, straight to the element: it changes twenty
 * times a second. Who can't see it is told once that sound comes in.
 */
export function LevelMeter({ microphone }: { microphone: Microphone }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let isTold = false;
    return microphone.level.subscribe(({ level }) => {
      bar.current?.style.setProperty("--level", level.toFixed(3));
      if (level < HEARD_LEVEL || isTold) return;
      isTold = true;
      announce("Your microphone works: sound is coming in.");
    });
  }, [microphone]);
  return (
    <div class="meter" aria-hidden="true">
      <div class="meter__bar" ref={bar} />
    </div>
  );
}
