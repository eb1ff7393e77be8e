import { useSignal } from "@preact/signals";
import type { SpaceListener } from "@rostra/client";
import { REACTIONS, type Reaction, type ReactionCounts } from "@rostra/wire";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import {
  addCounts,
  MOST_PARTICLES,
  particlesFor,
  summaryOf,
} from "../../state/audience/reactions.ts";

/** Between two summaries for screen readers, ms. */
const TOLD_EVERY_MS = 10_000;
/** How long counts stand that are shown in place of motion, ms. */
const COUNTS_STAND_MS = 3_000;

/** What all react with, as a burst; as counts where the system asks for less motion. */
export function Bursts({ listener }: { listener: SpaceListener }) {
  const sky = useRef<HTMLDivElement>(null);
  const counts = useSignal<ReactionCounts>({});
  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const summary = createSummary();
    let clear: ReturnType<typeof setTimeout> | undefined;
    const stop = listener.onEvent((event) => {
      if (event.type !== "reactions") return;
      summary.add(event.counts);
      if (!still.matches) {
        draw(sky.current, event.counts);
        return;
      }
      counts.value = addCounts(counts.value, event.counts);
      clearTimeout(clear);
      clear = setTimeout(() => {
        counts.value = {};
      }, COUNTS_STAND_MS);
    });
    return () => {
      stop();
      clearTimeout(clear);
      summary.close();
    };
  }, [listener]);
  const shown = REACTIONS.filter((emoji) => (counts.value[emoji] ?? 0) > 0).slice(0, 4);
  return (
    <>
      <div class="bursts" aria-hidden="true" ref={sky} />
      {/* Its line is kept free: counts come and go without moving anything. */}
      <p class="bursts__counts figures" aria-hidden="true">
        {shown.map((emoji) => `${emoji} ${counts.value[emoji]}`).join("   ")}
      </p>
    </>
  );
}

/** Particles are the document's own elements: a burst draws no component again. */
function draw(sky: HTMLElement | null, counts: ReactionCounts): void {
  if (sky === null || document.hidden) return;
  for (const emoji of particlesFor(counts, MOST_PARTICLES - sky.childElementCount)) {
    sky.append(particle(emoji));
  }
}

function particle(emoji: Reaction): HTMLElement {
  const element = document.createElement("span");
  element.className = "bursts__one";
  element.textContent = emoji;
  element.style.setProperty("--x", `${Math.round(Math.random() * 100)}%`);
  element.style.setProperty("--drift", `${Math.round(Math.random() * 60 - 30)}px`);
  element.style.setProperty("--wait", `${Math.round(Math.random() * 250)}ms`);
  element.addEventListener("animationend", () => element.remove());
  return element;
}

/** Says sums politely, at most every ten seconds: the first after a moment of gathering. */
function createSummary() {
  let sum: ReactionCounts = {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(counts: ReactionCounts): void {
      sum = addCounts(sum, counts);
      timer ??= setTimeout(() => {
        announce(summaryOf(sum));
        sum = {};
        timer = undefined;
      }, TOLD_EVERY_MS);
    },
    close: () => clearTimeout(timer),
  };
}
