import type { EventEmitter } from "node:events";

/** A player's connection, as far as it matters here: it says "close" once. */
export type HlsConnection = Pick<EventEmitter, "once">;

/** Seconds after which a connection that asked for a playlist is forgotten: once to twice this. */
const GENERATION_SECONDS = 5;

/**
 * How many players this edge serves HLS to: connections that asked for a playlist in the last 5 to
 * 10 s. How often they ask says nothing: the busier the edge, the less. Behind a cache there are few
 * connections, and as little to do.
 */
export class HlsLoad {
  #before = new Set<HlsConnection>();
  #now = new Set<HlsConnection>();
  readonly #watched = new WeakSet<HlsConnection>();
  /** Players that were sent here and have not asked yet; those of the generation before. */
  #coming = 0;
  #comingBefore = 0;
  #seconds = 0;

  countPlaylist(connection: HlsConnection): void {
    if (!this.#before.delete(connection) && !this.#now.has(connection)) this.#arrived(connection);
    this.#now.add(connection);
  }

  /** Whether a connection asked lately: its player is in, and stays in. */
  knows(connection: HlsConnection): boolean {
    return this.#before.has(connection) || this.#now.has(connection);
  }

  /** Somebody was sent here, and will be among those who ask. */
  countComing(): void {
    this.#coming += 1;
  }

  /** Once a second. */
  update(): void {
    this.#seconds = (this.#seconds + 1) % GENERATION_SECONDS;
    if (this.#seconds > 0) return;
    [this.#before, this.#now] = [this.#now, new Set()];
    [this.#comingBefore, this.#coming] = [this.#coming, 0];
  }

  get players(): number {
    return this.#before.size + this.#now.size + this.#comingBefore + this.#coming;
  }

  #arrived(connection: HlsConnection): void {
    this.#lessComing();
    // One that was forgotten and asks again is watched already.
    if (this.#watched.has(connection)) return;
    this.#watched.add(connection);
    connection.once("close", () => {
      this.#before.delete(connection);
      this.#now.delete(connection);
    });
  }

  /** One less of those who were sent here is still to come. */
  #lessComing(): void {
    if (this.#comingBefore > 0) this.#comingBefore -= 1;
    else if (this.#coming > 0) this.#coming -= 1;
  }
}
