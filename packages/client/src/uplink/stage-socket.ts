import type { Cancel, Clock, ProblemDetails } from "@rostra/wire";
import { type Observable, Subject } from "../observable.ts";
import { NO_NEWS, type StageNewsState, withNews } from "./news.ts";
import { PingLag } from "./ping-lag.ts";
import type { OpenStageLink, StageLink } from "./stage-link.ts";

export interface StageSocketOptions {
  readonly clock: Clock;
  readonly openLink: OpenStageLink;
  /** Asked anew for each connection. */
  readonly url: () => string;
  readonly token: () => Promise<string>;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

export interface Awareness {
  /** The page can't be seen. */
  readonly hidden: boolean;
  /** Grows each time the microphone became another device. */
  readonly deviceChanges: number;
}

const RETRY_MS = [0, 200, 500, 1_000, 2_000, 5_000];
const PING_EVERY_MS = 2_000;
/** Two pings without an answer: the socket is dead, whatever the browser believes. */
const SILENT_MS = 5_000;
/** Coming back is of no use after these. */
const FINAL = new Set(["ended", "blocked"].map((code) => `urn:rostra:problem:${code}`));

/**
 * What the stage tells this member alone, over a socket of its own: levels, quality, guards. Sound
 * doesn't need it; it comes back by itself.
 */
export class StageSocket {
  readonly #options: StageSocketOptions;
  readonly #news = new Subject<StageNewsState>(NO_NEWS);
  #link: StageLink | null = null;
  #awareness: Awareness = { hidden: false, deviceChanges: 0 };
  #lag: PingLag;
  #heardAtMs = 0;
  #isReady = false;
  #failures = 0;
  #started = false;
  /** Counts connections: what belongs to an older one is let go. */
  #attempt = 0;
  #cancelRetry: Cancel = () => {};
  #cancelPing: Cancel = () => {};

  constructor(options: StageSocketOptions) {
    this.#options = options;
    this.#lag = new PingLag(options.clock);
  }

  get news(): Observable<StageNewsState> {
    return this.#news;
  }

  /** Whether the stage talks to us now. */
  get isReady(): boolean {
    return this.#isReady;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#connect();
  }

  close(): void {
    this.#started = false;
    this.#drop();
    this.#news.set(NO_NEWS);
  }

  /** Told to the hot-microphone guard now, and after each reconnect. */
  setAwareness(awareness: Awareness): void {
    this.#awareness = awareness;
    if (this.#isReady) this.#tellAwareness();
  }

  #tellAwareness(): void {
    const { hidden, deviceChanges } = this.#awareness;
    this.#link?.send({ type: "awareness", hidden, deviceChanges });
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    const attempt = this.#attempt;
    const { openLink, url, token, clock } = this.#options;
    let bearer: string;
    try {
      bearer = await token();
    } catch {
      if (attempt === this.#attempt) this.#retry();
      return;
    }
    if (attempt !== this.#attempt) return;
    this.#heardAtMs = clock.nowMs();
    this.#link = openLink(
      url(),
      { type: "hello", token: bearer, audio: false },
      {
        news: (message) => {
          this.#heardAtMs = clock.nowMs();
          if (message.type === "ready") this.#onReady();
          else if (message.type === "pong") this.#lag.onPong(message.number);
          else this.#news.set(withNews(this.#news.value, message));
        },
        packet: () => {},
        closed: (problem) => this.#onClosed(problem),
      },
    );
    this.#watch();
  }

  #onReady(): void {
    this.#isReady = true;
    this.#failures = 0;
    this.#lag = new PingLag(this.#options.clock);
    this.#tellAwareness();
    this.#ping();
  }

  #ping(): void {
    const number = this.#lag.next();
    if (number !== null) this.#link?.send({ type: "ping", number, rttMs: this.#lag.rttMs });
  }

  #watch(): void {
    this.#cancelPing();
    this.#cancelPing = this.#options.clock.after(PING_EVERY_MS, () => {
      if (this.#options.clock.nowMs() - this.#heardAtMs > SILENT_MS) {
        this.#onClosed(null);
        return;
      }
      if (this.#isReady) this.#ping();
      this.#watch();
    });
  }

  #onClosed(problem: ProblemDetails | null): void {
    this.#drop();
    this.#news.patch({ levels: NO_NEWS.levels, quality: NO_NEWS.quality, guards: NO_NEWS.guards });
    if (problem !== null && FINAL.has(problem.type)) return;
    this.#retry();
  }

  #retry(): void {
    const stepMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
    this.#failures += 1;
    const delayMs = stepMs * (0.8 + 0.4 * this.#options.random());
    this.#cancelRetry = this.#options.clock.after(delayMs, () => void this.#connect());
  }

  #drop(): void {
    this.#attempt += 1;
    this.#cancelRetry();
    this.#cancelPing();
    this.#link?.close();
    this.#link = null;
    this.#isReady = false;
  }
}
