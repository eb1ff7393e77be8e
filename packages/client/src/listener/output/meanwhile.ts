import type { Crowded } from "../connection/room.ts";

/** What is heard while there is no room for live sound: HLS, or one spoken sentence. */
export class Meanwhile {
  readonly #element = new Audio();
  #url = "";

  /** Goes on with what plays already; a sentence isn't said twice. */
  play(room: Crowded, volume: number): void {
    const url = room.kind === "hls" ? room.url : room.clip;
    this.#element.volume = volume;
    if (url === this.#url) return;
    this.#url = url;
    this.#element.src = url;
    // Refused where no gesture came before: the page says in words what isn't heard.
    this.#element.play().catch(() => {});
  }

  close(): void {
    this.#element.pause();
    // Without this the element would go on downloading.
    this.#element.removeAttribute("src");
    this.#element.load();
  }
}
