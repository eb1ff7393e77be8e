import { describe, expect, it } from "vitest";
import { HlsLoad } from "./hls-load.ts";

/** One second of so many players that block for each part. */
function second(load: HlsLoad, players: number): void {
  for (let at = 0; at < players * 5; at += 1) load.countPlaylist(true);
  load.update();
}

describe("how many players HLS is served to", () => {
  it("is told by how often playlists are asked for", () => {
    const load = new HlsLoad();
    for (let at = 0; at < 20; at += 1) second(load, 100);
    expect(load.players).toBe(100);
    const plain = new HlsLoad();
    for (let at = 0; at < 60; at += 1) {
      // Every other second, for a hundred players.
      for (let player = 0; player < 50; player += 1) plain.countPlaylist(false);
      plain.update();
    }
    expect(plain.players).toBe(100);
  });

  it("counts at once who was sent here, and nobody twice as they begin to ask", () => {
    const load = new HlsLoad();
    for (let at = 0; at < 100; at += 1) load.countComing();
    expect(load.players).toBe(100);
    for (let at = 0; at < 20; at += 1) {
      second(load, 100);
      expect(load.players).toBe(100);
    }
  });

  it("forgets who was sent here and never came", () => {
    const load = new HlsLoad();
    for (let at = 0; at < 100; at += 1) load.countComing();
    for (let at = 0; at < 20; at += 1) load.update();
    expect(load.players).toBe(0);
  });
});
