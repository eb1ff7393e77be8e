import type { Writable } from "node:stream";

/** Where it is written; a terminal knows its width, in characters. */
type Terminal = Writable & { readonly columns?: number };

/** The live line: written over itself at a terminal, one line after the other elsewhere. */
export class Display {
  readonly #out: Terminal;
  readonly #overwrites: boolean;
  #open = false;

  /** @param overwrites true at a terminal */
  constructor(out: Terminal, overwrites: boolean) {
    this.#out = out;
    this.#overwrites = overwrites;
  }

  /** What is true for the moment. */
  show(line: string): void {
    // Longer than the terminal is wide it would leave its first half behind, each second anew.
    const shown = line.slice(0, (this.#out.columns ?? Number.POSITIVE_INFINITY) - 1);
    this.#out.write(this.#overwrites ? `\r\u001b[2K${shown}` : `${line}\n`);
    this.#open = this.#overwrites;
  }

  /** What is to stay. */
  say(text: string): void {
    this.#out.write(`${this.#open ? "\n" : ""}${text}\n`);
    this.#open = false;
  }
}
