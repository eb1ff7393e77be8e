import type { PathQuality } from "@rostra/wire";

export type QualityGrade = "good" | "weak" | "bad";

/**
 * Up to `weak` it is good, up to `bad` weak. Loss: FEC and concealment hide a few in a hundred; at
 * one in seven words go missing. Jitter: our buffer grows to 200 ms and can't follow beyond half of
 * that. Round trip: ITU-T G.114 gives 150 ms one way as unnoticed and 400 ms as the limit.
 */
const BOUNDS = {
  loss: { weak: 0.04, bad: 0.15 },
  jitterMs: { weak: 40, bad: 100 },
  rttMs: { weak: 400, bad: 800 },
} as const;

/** The worst of loss, jitter and round trip. */
export function qualityGrade({ loss, jitterMs, rttMs }: PathQuality): QualityGrade {
  const figures = { loss, jitterMs, rttMs: rttMs ?? 0 };
  const over = (bound: "weak" | "bad") =>
    (Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).some(
      (key) => figures[key] > BOUNDS[key][bound],
    );
  if (over("bad")) return "bad";
  return over("weak") ? "weak" : "good";
}

export const QUALITY_WORDS: Readonly<Record<QualityGrade, string>> = {
  good: "Good line",
  weak: "Weak line",
  bad: "Bad line",
};

/** The figures on demand: "12% lost, 34 ms jitter, 80 ms round trip, over WebSocket". */
export function qualityFigures({ loss, jitterMs, rttMs, path }: PathQuality): string {
  const words = [`${percent(loss)} lost`, `${Math.round(jitterMs)} ms jitter`];
  if (rttMs !== null) words.push(`${Math.round(rttMs)} ms round trip`);
  if (path === "websocket") words.push("over WebSocket");
  return words.join(", ");
}

/** Our own trouble as a sentence, with the figure that is worst; empty while the line is good. */
export function ownLineWords(quality: PathQuality): string {
  if (qualityGrade(quality) === "good") return "";
  const { loss, jitterMs, rttMs } = quality;
  if (loss > BOUNDS.loss.weak) {
    return `Your connection loses ${percent(loss)} of packets: others may miss words.`;
  }
  if (jitterMs > BOUNDS.jitterMs.weak) {
    return "Your connection is uneven: others may miss words.";
  }
  return `Your connection is slow: others hear you ${((rttMs ?? 0) / 2000).toFixed(1)} s late.`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
