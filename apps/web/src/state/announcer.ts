import { type ReadonlySignal, signal } from "@preact/signals";

const text = signal("");

/** What screen readers say next, politely. Rendered once, by the shell. */
export const announcement: ReadonlySignal<string> = text;

/** Says a change that is only seen otherwise. One line; the newest wins. */
export function announce(line: string): void {
  text.value = line;
}
