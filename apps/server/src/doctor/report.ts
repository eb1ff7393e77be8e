import type { Finding, Level } from "./finding.ts";

const WORDS: Readonly<Record<Level, string>> = { ok: "ok", warning: "WARNING", wrong: "WRONG" };

/** A table for a person: a line a finding, and one that sums up. */
export function asTable(findings: readonly Finding[]): string {
  const checkWidth = Math.max(...findings.map(({ check }) => check.length));
  const levelWidth = Math.max(...Object.values(WORDS).map((word) => word.length));
  const lines = findings.map(
    ({ check, level, text }) =>
      `${WORDS[level].padEnd(levelWidth)}  ${check.padEnd(checkWidth)}  ${text}`,
  );
  return [...lines, "", summaryOf(findings)].join("\n");
}

/** For programs: `{wrong, warnings, findings: [{check, level, text}]}`. */
export function asJson(findings: readonly Finding[]): string {
  const warnings = count(findings, "warning");
  return JSON.stringify({ wrong: count(findings, "wrong"), warnings, findings }, null, 2);
}

/** Warnings are none. */
export function isWrong(findings: readonly Finding[]): boolean {
  return count(findings, "wrong") > 0;
}

function summaryOf(findings: readonly Finding[]): string {
  const [bad, odd] = [count(findings, "wrong"), count(findings, "warning")];
  if (bad > 0) return `${bad} wrong: change that first.`;
  return odd > 0 ? "It runs; see the warnings." : "All is well.";
}

function count(findings: readonly Finding[], level: Level): number {
  return findings.filter((each) => each.level === level).length;
}
