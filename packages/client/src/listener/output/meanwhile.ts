import type HlsPlayer from "hls.js/light";
import type { Crowded } from "../connection/room.ts";

/** What is heard while there is no room for live sound: HLS, or one spoken sentence. */
export class Meanwhile {
  readonly #element = new Audio();
  #url = "";
  #player: HlsPlayer | null = null;

  /** Goes on with what plays already; a sentence isn't said twice. */
  play(room: Crowded, volume: number): void {
    const url = room.kind === "hls" ? room.url : room.clip;
    this.#element.volume = volume;
    if (url === this.#url) return;
    this.#url = url;
    this.#endPlayer();
    if (room.kind === "hls") void this.#playHls(url);
    else this.#playBySelf(url);
  }

  #playBySelf(url: string): void {
    this.#element.src = url;
    this.#begin();
  }

  /**
   * By a player that is loaded only here, wherever it runs: it stays within two seconds of live, and
   * Chromium's own gives up on playlists with parts (seen with 156).
   */
  async #playHls(url: string): Promise<void> {
    const { default: Hls } = await import("hls.js/light").catch(() => ({ default: null }));
    // Meanwhile there may be room, or something else to hear.
    if (url !== this.#url) return;
    if (Hls === null || !Hls.isSupported()) {
      this.#playBySelf(url);
      return;
    }
    this.#player = new Hls({ lowLatencyMode: true });
    this.#player.attachMedia(this.#element);
    this.#player.loadSource(url);
    this.#begin();
  }

  #begin(): void {
    // Refused where no gesture came before: the page says in words what isn't heard.
    this.#element.play().catch(() => {});
  }

  #endPlayer(): void {
    this.#player?.destroy();
    this.#player = null;
  }

  close(): void {
    this.#url = "";
    this.#element.pause();
    this.#endPlayer();
    // Without this the element would go on downloading.
    this.#element.removeAttribute("src");
    this.#element.load();
  }
}
