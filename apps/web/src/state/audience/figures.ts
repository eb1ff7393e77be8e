import type { ListenerCount } from "@rostra/wire";

/**
 * What is known of an audience beside how many listen: the peak, how many heard sound lately and of
 * how many that could be asked, and who fetches HLS. What isn't known isn't said.
 */
export function audienceFigures(count: ListenerCount, locale?: string): readonly string[] {
  const figure = new Intl.NumberFormat(locale);
  const words = [`Peak ${figure.format(count.peak)}`];
  const { heard, heardError, heardOf, hls } = count;
  if (heard !== undefined && heard !== null && heardOf !== undefined && heardOf !== null) {
    const error = heardError ?? 0;
    const many = error === 0 ? figure.format(heard) : `about ${figure.format(heard)}`;
    const range = error === 0 ? "" : ` (± ${figure.format(error)})`;
    words.push(`Heard by ${many}${range} of ${figure.format(heardOf)} page listeners`);
  }
  if (hls !== undefined && hls > 0) words.push(`About ${figure.format(hls)} by HLS`);
  return words;
}
