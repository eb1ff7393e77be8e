import type { ReturnReport } from "./conversation.ts";

interface Spread {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** What the bench reads of a crowd's report (apps/rehearse, `rostra-crowd-report/1`). */
export interface CrowdRun {
  readonly joins: { readonly perSecond: number | null; readonly peakPerSecond: number };
  readonly steady: {
    readonly started: number;
    readonly heard: number;
    readonly told: number;
    readonly unanswered: number;
    readonly moved: number;
    readonly fellBack: number;
    readonly firstSoundMs: Spread;
    readonly toldMs: Spread;
    readonly silenceMs: Spread;
    readonly silencesOver2s: number;
    readonly closed: Readonly<Record<string, number>>;
    readonly again: Readonly<Record<string, number>>;
  };
  readonly heard: {
    readonly each: readonly { readonly frames: number; readonly whole: boolean }[];
  } | null;
  readonly crowd: { readonly lateMs: number };
}

export interface PhaseReport {
  readonly name: string;
  readonly seconds: number;
  readonly lateTicks: number;
  readonly speakers: ReturnReport;
  /** Left out where nobody listens. */
  readonly crowd?: CrowdRun;
}

export interface OverloadReport {
  readonly edges: number;
  readonly mark: number;
  readonly hls: number;
  readonly phases: readonly PhaseReport[];
}

const ms = (value: number | null) => (value === null ? "none" : `${Math.round(value)} ms`);
const spread = ({ p50, p99, max }: Spread) => `${ms(p50)}, ${ms(p99)}, ${ms(max)}`;

/** One row for each figure, one column for each phase: as it goes into docs/benchmarks.md. */
export function markdown({ edges, mark, hls, phases }: OverloadReport): string {
  const row = (name: string, cell: (phase: PhaseReport) => string) =>
    `| ${name} | ${phases.map(cell).join(" | ")} |`;
  const ofCrowd = (name: string, cell: (crowd: CrowdRun) => string) =>
    row(name, ({ crowd }) => (crowd === undefined ? "" : cell(crowd)));
  const all = ({ steady }: CrowdRun) => steady.started;
  const lines = [
    `\n${edges} edges, ${mark} listeners and ${hls} HLS listeners each\n`,
    row("", ({ name }) => name),
    `|---|${phases.map(() => "---").join("|")}|`,
    row("seconds", ({ seconds }) => seconds.toFixed(0)),
    ofCrowd("listeners", (crowd) => String(all(crowd))),
    ofCrowd("got sound", ({ steady }) => String(steady.heard)),
    ofCrowd("of them elsewhere; by HLS", ({ steady }) => `${steady.moved}; ${steady.fellBack}`),
    ofCrowd("told where to go or when to come back", ({ steady }) => String(steady.told)),
    ofCrowd("neither heard nor told", ({ steady }) => String(steady.unanswered)),
    ofCrowd("told after (p50, p99, max)", ({ steady }) => spread(steady.toldMs)),
    ofCrowd("first sound (p50, p99, max)", ({ steady }) => spread(steady.firstSoundMs)),
    ofCrowd("joins a second, busiest", ({ joins }) => String(joins.peakPerSecond)),
    ofCrowd("longest silence of each (p50, p99, max)", ({ steady }) => spread(steady.silenceMs)),
    ofCrowd("silences over 2 s", ({ steady }) => String(steady.silencesOver2s)),
    ofCrowd("decoded with sound: every frame once", ({ heard }) => {
      const ears = (heard?.each ?? []).filter(({ frames }) => frames > 0);
      return `${ears.filter(({ whole }) => whole).length} of ${ears.length}`;
    }),
    ofCrowd("crowd itself late by", ({ crowd }) => ms(crowd.lateMs)),
    row("speakers: packets back a second", ({ speakers, seconds }) =>
      (speakers.packets / seconds).toFixed(1),
    ),
    row("speakers: packets lost", ({ speakers }) => String(speakers.lost)),
    row("speakers: longest gap", ({ speakers }) => ms(speakers.longestGapMs)),
    row("stage: late ticks", ({ lateTicks }) => String(lateTicks)),
  ];
  return `${lines.join("\n")}\n`;
}
