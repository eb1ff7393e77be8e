/** Numbers and times as plain words. Pure: the locale and the time of day come from the caller. */

/** "1 listening", "1,204 listening". */
export function listeningWords(count: number, locale?: string): string {
  return `${new Intl.NumberFormat(locale).format(count)} listening`;
}

export interface WhenOptions {
  readonly locale?: string;
  readonly timeZone?: string;
}

function isSameDay(aMs: number, bMs: number, { locale, timeZone }: WhenOptions): boolean {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "short", ...zone(timeZone) });
  return day.format(aMs) === day.format(bMs);
}

function zone(timeZone: string | undefined): { timeZone?: string } {
  return timeZone === undefined ? {} : { timeZone };
}

/** The time of day, "20:30"; with the date in front if that isn't today's. Times in ms since 1970. */
export function whenWords(timeMs: number, nowMs: number, options: WhenOptions = {}): string {
  const { locale, timeZone } = options;
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short", ...zone(timeZone) });
  if (isSameDay(timeMs, nowMs, options)) return time.format(timeMs);
  const date = new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    ...zone(timeZone),
  });
  return `${date.format(timeMs)}, ${time.format(timeMs)}`;
}

/** "A", "A and B", "A, B and 2 more". */
export function nameList(names: readonly string[], most = 2): string {
  if (names.length <= 1) return names[0] ?? "";
  const rest = names.length - most;
  if (rest > 0) return `${names.slice(0, most).join(", ")} and ${rest} more`;
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}
