/** Seconds after which a connection that asked for a playlist is forgotten: once to twice this. */
const GENERATION_SECONDS = 5;

/**
 * How many players this edge serves HLS to: connections that asked for a playlist in the last 5 to
 * 10 s. How often they ask says nothing: the busier the edge, the less. Behind a cache there are few
 * connections, and as little to do.
 */
export class HlsLoad {
  #before = new Set<object>();
  #now = new Set<object>();
  /** Players that were sent here and have not asked yet; those of the generation before. */
  #coming = 0;
  #comingBefore = 0;
  #seconds = 0;

  /** @param connection any object that stands for the player's connection */
  countPlaylist(connection: object): void {
    if (!this.#before.delete(connection) && !this.#now.has(connection)) this.#arrived();
    this.#now.add(connection);
  }

  /** Whether a connection asked lately: its player is in, and stays in. */
  knows(connection: object): boolean {
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

  #arrived(): void {
    if (this.#comingBefore > 0) this.#comingBefore -= 1;
    else if (this.#coming > 0) this.#coming -= 1;
  }
}
