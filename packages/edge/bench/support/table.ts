/** What benches print: progress on the error channel, tables in Markdown on the other. */

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function row(...cells: (string | number)[]): void {
  say(`| ${cells.join(" | ")} |`);
}

export function head(...cells: string[]): void {
  row(...cells);
  row(...cells.map(() => "---"));
}

/** @param share 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}

/** A positive number from the command line; ends the bench where it isn't one. */
export function positive(name: string, text: string | undefined): number {
  const value = Number(text);
  if (value > 0) return value;
  tell(`--${name} must be a number above 0`);
  process.exit(1);
}
