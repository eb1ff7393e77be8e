import { SideBySide } from "@rostra/wire";
import type { Connection } from "./connection.ts";
import type { Connector } from "./connector.ts";

/**
 * The connections by which one listener has sound: the one that there is, one that may take over, and for a while the
 * one before, which was late and may be the better one all the same.
 */
export class Links {
  readonly #connector: Connector;
  #current: Connection | undefined;
  #next: Connection | undefined;
  #former: Connection | undefined;
  #sideBySide: SideBySide | undefined;
  /** Whether the current one had new sound while the next was asked. */
  #isAhead = false;

  constructor(connector: Connector) {
    this.#connector = connector;
  }

  get current(): Connection | undefined {
    return this.#current;
  }

  /** The one that is to take over. */
  get next(): Connection | undefined {
    return this.#next;
  }

  /** The one before, while it goes on beside the one that there is. */
  get former(): Connection | undefined {
    return this.#former;
  }

  /** The only one from now on. */
  begin(connection: Connection): void {
    this.close();
    this.#current = connection;
  }

  /** Another one is to take over, and no other. */
  prepare(next: Connection): void {
    this.#release(this.#next);
    [this.#next, this.#isAhead] = [next, false];
  }

  /** The current one, which was late, had new sound before the next. */
  outrun(): void {
    this.#isAhead = true;
  }

  /** It has taken over, and the one before it is closed. */
  adopt(next: Connection): void {
    this.settle();
    this.#retire(this.#current);
    [this.#current, this.#next] = [next, undefined];
  }

  /** It has taken over, and the one before it goes on beside it. */
  adoptBeside(next: Connection, nowMs: number): void {
    this.settle();
    this.#sideBySide = new SideBySide(this.#isAhead, nowMs);
    [this.#former, this.#current, this.#next] = [this.#current, next, undefined];
    this.#former?.outrun();
  }

  /** So many frames, up to that one, came by one of the two. */
  arrived(by: Connection, lastFrame: number, frames: number, nowMs: number): void {
    this.#sideBySide?.arrived(by === this.#former, lastFrame, frames, nowMs);
  }

  /** @returns whether the two have been side by side for long enough */
  areCompared(nowMs: number): boolean {
    return this.#sideBySide?.isOver(nowMs) === true;
  }

  isFormerBetter(nowMs: number): boolean {
    return this.#sideBySide?.isFormerBetter(nowMs) === true;
  }

  /** The one before is the one that there is again. @returns it; undefined where there is none */
  goBack(): Connection | undefined {
    const former = this.#former;
    if (former === undefined) return undefined;
    this.#retire(this.#current);
    [this.#current, this.#former, this.#sideBySide] = [former, undefined, undefined];
    return former;
  }

  /** The one before isn't needed any more. */
  settle(): void {
    this.#retire(this.#former);
    [this.#former, this.#sideBySide] = [undefined, undefined];
  }

  /** It isn't to take over any more, and belongs to whoever takes it. */
  take(next: Connection): void {
    if (this.#next === next) this.#next = undefined;
  }

  /** It has come to nothing. */
  failed(connection: Connection): void {
    this.#release(connection);
    if (this.#next === connection) this.#next = undefined;
    if (this.#former === connection) [this.#former, this.#sideBySide] = [undefined, undefined];
  }

  close(): void {
    for (const link of [this.#current, this.#next, this.#former]) {
      this.#release(link);
    }
    [this.#current, this.#next, this.#former] = [undefined, undefined, undefined];
    this.#sideBySide = undefined;
  }

  /** It is closed when there is nothing else to do. */
  #retire(link: Connection | undefined): void {
    link?.left();
    this.#connector.retire(link?.socket);
  }

  #release(link: Connection | undefined): void {
    link?.left();
    this.#connector.release(link?.socket);
  }
}
