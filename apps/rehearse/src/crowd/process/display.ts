import type { Writable } from "node:stream";

/** The live line: written over itself at a terminal, one line after the other elsewhere. */
export class Display {
  readonly #out: Writable;
  readonly #overwrites: boolean;
  #open = false;

  /** @param overwrites true at a terminal */
  constructor(out: Writable, overwrites: boolean) {
    this.#out = out;
    this.#overwrites = overwrites;
  }

  /** What is true for the moment. */
  show(line: string): void {
    this.#out.write(this.#overwrites ? `\r\u001b[2K${line}` : `${line}\n`);
    this.#open = this.#overwrites;
  }

  /** What is to stay. */
  say(text: string): void {
    this.#out.write(`${this.#open ? "\n" : ""}${text}\n`);
    this.#open = false;
  }
}
