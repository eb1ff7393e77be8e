import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type HlsConnection, HlsLoad } from "./hls-load.ts";

const connections = (count: number) => Array.from({ length: count }, () => new EventEmitter());

function seconds(load: HlsLoad, count: number, players: readonly HlsConnection[] = []): void {
  for (let second = 0; second < count; second += 1) {
    for (const player of players) load.countPlaylist(player);
    load.update();
  }
}

describe("how many players HLS is served to", () => {
  it("is how many connections ask for playlists, however often", () => {
    const load = new HlsLoad();
    const players = connections(100);
    for (let second = 0; second < 20; second += 1) {
      for (const player of players) load.countPlaylist(player);
      for (const player of players) load.countPlaylist(player);
      load.update();
      expect(load.players).toBe(100);
    }
  });

  it("counts who is slow to ask again, and forgets who has gone", () => {
    const load = new HlsLoad();
    seconds(load, 1, connections(100));
    seconds(load, 4);
    expect(load.players).toBe(100);
    seconds(load, 5);
    expect(load.players).toBe(0);
  });

  it("makes room as soon as a connection closes", () => {
    const load = new HlsLoad();
    const players = connections(100);
    seconds(load, 7, players);
    for (const player of players) player.emit("close");
    expect(load.players).toBe(0);
  });

  it("counts at once who was sent here, and nobody twice when they ask", () => {
    const load = new HlsLoad();
    for (let at = 0; at < 100; at += 1) load.countComing();
    expect(load.players).toBe(100);
    const players = connections(100);
    for (let round = 0; round < 20; round += 1) {
      seconds(load, 1, players);
      expect(load.players).toBe(100);
    }
  });

  it("forgets who was sent here and never came", () => {
    const load = new HlsLoad();
    for (let at = 0; at < 100; at += 1) load.countComing();
    seconds(load, 10);
    expect(load.players).toBe(0);
  });
});
