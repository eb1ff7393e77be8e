import { SILENT_PACKET } from "@rostra/sound";
import { WebSocketListener } from "@rostra/testkit";
import { ChunkWatch, comeBackMs, FRAME_MS, type ProgramFrame, SecondLinkPace } from "@rostra/wire";

/** Of live-v1: silent for so long, a connection is given up, ms. */
const SILENT_MS = 5_000;
/** What a connection takes here, about, ms. */
const JOIN_MS = 20;
const LOOK_MS = 20;
/** What a second link gets to its first sound, ms. */
const TRY_MS = 2_000;
/** Sound from before a link began comes within this, ms. */
const PAST_MS = 300;
/** Later than this after the sound that came before is over, a chunk is noticed as trouble. */
const GAP_MS = 300;
/** The longest chunk that an edge makes, ms: more at once is a backlog. */
const LONGEST_CHUNK_MS = 1_000;
/** Kept: a minute more than the longest case. */
const KEPT_FRAMES = 6_000;

/** A frame as it came. */
export interface Heard {
  readonly frame: ProgramFrame;
  readonly atMs: number;
}

/**
 * One listener of the sample: keeps each frame and when it came, follows every number, and comes back
 * by itself, to the next address where one doesn't answer.
 */
export class SampleEar {
  readonly #urls: readonly string[];
  readonly #firstHome: number;
  readonly #spaceId: string;
  readonly #timer: NodeJS.Timeout;
  #home: number;
  #listener: WebSocketListener;
  #resumesFrom = 0;
  #openedMs = performance.now();
  /** How much sound came last, ms: edges change their cadence. */
  #chunkMs = 100;
  #backAtMs: number | undefined;
  readonly #watch = new ChunkWatch(100);
  readonly #pace = new SecondLinkPace();
  /** Beside the link that there is, while that is late. */
  #second: { readonly listener: WebSocketListener; readonly untilMs: number } | undefined;
  /** In order of arrival, each number once. */
  heard: Heard[] = [];
  /** Numbers that came again on one connection. */
  repeated = 0;
  /** Numbers that were jumped over. */
  missing = 0;
  /** When something was last not as it should be, ms of this process's clock. */
  troubleMs = 0;

  /** @param home which address it tries first */
  constructor(urls: readonly string[], spaceId: string, home: number) {
    this.#urls = urls;
    this.#spaceId = spaceId;
    [this.#home, this.#firstHome] = [home, home];
    this.#listener = this.#connect();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get url(): string {
    return this.#urls[this.#home % this.#urls.length]!;
  }

  /** Voice has come without a hitch for this long, ms. */
  get wholeForMs(): number {
    const nowMs = performance.now();
    if (nowMs - (this.heard.at(-1)?.atMs ?? 0) > this.#chunkMs + GAP_MS) return 0;
    return nowMs - this.troubleMs;
  }

  /** Goes back to the address that it tried first. */
  regroup(): void {
    if (this.#home === this.#firstHome || this.#backAtMs !== undefined) return;
    this.#dropSecond();
    this.#listener.close();
    this.#home = this.#firstHome;
    this.#listener = this.#connect();
  }

  /** A case begins: what came before is let go of. */
  begin(): void {
    this.heard = this.heard.slice(-1);
    [this.repeated, this.missing] = [0, 0];
  }

  close(): void {
    clearInterval(this.#timer);
    this.#dropSecond();
    this.#listener.close();
  }

  #connect(): WebSocketListener {
    const last = this.heard.at(-1)?.frame.number;
    this.#resumesFrom = last === undefined ? 0 : last + 1;
    this.#openedMs = performance.now();
    this.#watch.begin();
    const query = last === undefined ? "" : `?from=${last + 1}`;
    return new WebSocketListener(this.url, this.#spaceId, query);
  }

  #look(): void {
    const nowMs = performance.now();
    if (this.#backAtMs !== undefined) {
      if (nowMs < this.#backAtMs) return;
      this.#backAtMs = undefined;
      this.#listener = this.#connect();
      return;
    }
    this.#take(nowMs);
    this.#trySecond(nowMs);
    const lastMs = Math.max(this.#openedMs, this.heard.at(-1)?.atMs ?? 0);
    const isSilent = nowMs - lastMs > SILENT_MS;
    if (!isSilent && this.#listener.closeCode === undefined) return;
    this.#dropSecond();
    this.#listener.close();
    this.#home += 1;
    const way = { cadenceMs: this.#chunkMs, sinceMs: nowMs - lastMs, joinMs: JOIN_MS };
    this.#backAtMs = nowMs + comeBackMs(way, Math.random());
    this.troubleMs = nowMs;
  }

  /** As live-v1 has it: whoever brings the next frames first is the link. */
  #trySecond(nowMs: number): void {
    if (this.#second === undefined) {
      if (nowMs < this.#pace.fromMs(this.#watch.lateAtMs(Math.random()))) return;
      this.#pace.begin(nowMs, Math.random());
      const url = this.#urls[(this.#home + 1) % this.#urls.length]!;
      const second = this.#pace.isReturn ? "" : "&second=1";
      const query = `?from=${this.heard.at(-1)!.frame.number + 1}${second}`;
      const listener = new WebSocketListener(url, this.#spaceId, query);
      this.#second = { listener, untilMs: nowMs + TRY_MS };
      return;
    }
    const { listener, untilMs } = this.#second;
    if (listener.frames.length > 0) this.#moveTo(listener, nowMs);
    else if (listener.closeCode !== undefined) {
      this.#pace.refused();
      this.#dropSecond();
    } else if (nowMs >= untilMs) this.#dropSecond();
  }

  #moveTo(listener: WebSocketListener, nowMs: number): void {
    this.#second = undefined;
    this.#listener.close();
    this.#listener = listener;
    this.#home += 1;
    this.#resumesFrom = this.heard.at(-1)!.frame.number + 1;
    this.#openedMs = nowMs;
    this.#pace.won();
    this.#watch.begin();
    this.#take(nowMs);
  }

  #dropSecond(): void {
    this.#second?.listener.close();
    this.#second = undefined;
  }

  /** What the watch must know of what has come. */
  #noted(nowMs: number): void {
    const { frames, events } = this.#listener;
    for (const event of events) {
      if (event.type === "welcome") this.#watch.setCadence(event.cadenceMs);
      if (event.type === "cadence") this.#watch.setCadence(event.cadenceMs, event.fromFrame);
    }
    const last = frames.at(-1);
    if (last === undefined) return;
    this.#watch.arrived(last.number, nowMs, nowMs - this.#openedMs > PAST_MS);
    this.#pace.heard();
    this.#dropSecond();
  }

  #take(nowMs: number): void {
    this.#noted(nowMs);
    const { frames } = this.#listener;
    const chunkMs = Math.min(frames.length * FRAME_MS, LONGEST_CHUNK_MS);
    const gapMs = Math.min(chunkMs, this.#chunkMs) + GAP_MS;
    for (const frame of frames) {
      const last = this.heard.at(-1);
      const expected = last === undefined ? frame.number : last.frame.number + 1;
      if (frame.number < expected) {
        if (frame.number >= this.#resumesFrom) this.repeated += 1;
        continue;
      }
      this.missing += frame.number - expected;
      const late = last !== undefined && nowMs - last.atMs > gapMs;
      if (late || frame.number > expected || isTrouble(frame)) this.troubleMs = nowMs;
      this.heard.push({ frame, atMs: nowMs });
    }
    if (frames.length > 0) {
      this.#chunkMs = chunkMs;
      this.#listener.forget();
    }
    if (this.heard.length > KEPT_FRAMES) this.heard.splice(0, this.heard.length - KEPT_FRAMES);
  }
}

/** Neither what a stage made nor of a voice. */
function isTrouble(frame: ProgramFrame): boolean {
  return frame.holding || isMadeUp(frame);
}

/** Stands for a frame that was lost on the way, amid sound. */
export function isMadeUp({ packet, holding }: ProgramFrame): boolean {
  return !holding && Buffer.compare(packet, SILENT_PACKET) === 0;
}

/** The longest run of frames, ms, for which `isMeant` holds. */
export function longestRunMs(heard: readonly Heard[], isMeant: (frame: ProgramFrame) => boolean) {
  let [run, longest] = [0, 0];
  for (const { frame } of heard) {
    run = isMeant(frame) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest * FRAME_MS;
}
