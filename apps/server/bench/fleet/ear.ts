import { type ConnectionPlatform, LiveConnection, nodePlatform } from "@rostra/client/connection";
import { SILENT_PACKET } from "@rostra/sound";
import {
  CHUNK_KIND,
  decodeChunk,
  decodeRoomEvent,
  FRAME_MS,
  type ProgramFrame,
  type SpaceId,
} from "@rostra/wire";

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
 * One listener of the sample, by the connection of a browser's listener: keeps each frame and when it came, and
 * follows every number.
 */
export class SampleEar {
  readonly #home: string;
  readonly #spaceId: SpaceId;
  #connection: LiveConnection;
  /** The edge that the last sound came from, by its host. */
  #heardFrom = "";
  /** Whether a link waits for it elsewhere. */
  isPrepared = false;
  /** How much sound came last, ms: edges change their cadence. */
  #chunkMs = 100;
  /** In order of arrival, each number once. */
  heard: Heard[] = [];
  /** Numbers that came again on one connection. */
  repeated = 0;
  /** Numbers that were jumped over. */
  missing = 0;
  /** When something was last not as it should be, ms of this process's clock. */
  troubleMs = 0;

  /** @param home the edge where it belongs */
  constructor(home: string, spaceId: SpaceId) {
    [this.#home, this.#spaceId] = [home, spaceId];
    this.#connection = this.#connect();
  }

  /** Voice has come without a hitch for this long, ms. */
  get wholeForMs(): number {
    const nowMs = performance.now();
    if (nowMs - (this.heard.at(-1)?.atMs ?? 0) > this.#chunkMs + GAP_MS) return 0;
    return nowMs - this.troubleMs;
  }

  /** Goes back to the edge where it belongs. */
  regroup(): void {
    if (this.#heardFrom === new URL(this.#home).host) return;
    this.#connection.close();
    this.#connection = this.#connect();
  }

  /** A case begins: what came before is let go of. */
  begin(): void {
    this.heard = this.heard.slice(-1);
    [this.repeated, this.missing] = [0, 0];
  }

  close(): void {
    this.#connection.close();
  }

  #connect(): LiveConnection {
    this.isPrepared = false;
    const target = { origin: this.#home, spaceId: this.#spaceId };
    const connection = new LiveConnection(this.#platform(), target, {
      event: () => {},
      frames: (frames) => this.#take(frames, performance.now()),
      state: () => {},
      crowded: () => {},
    });
    const last = this.heard.at(-1)?.frame.number;
    connection.setSound(true, last === undefined ? null : last + 1);
    connection.open();
    return connection;
  }

  /** Node's, with an ear at each of its sockets. */
  #platform(): ConnectionPlatform {
    const platform = nodePlatform();
    return {
      ...platform,
      openSocket: (url, events) => {
        const { host, search } = new URL(url);
        let last = -1;
        /** It waits no longer, or never did. */
        const gone = () => {
          if (search === "?standby=1" && last === -1) this.isPrepared = false;
        };
        const socket = platform.openSocket(url, {
          text: (message) => {
            if (decodeRoomEvent(message)?.type === "standby") this.isPrepared = true;
            events.text(message);
          },
          bytes: (message) => {
            gone();
            if (message[0] === CHUNK_KIND) last = this.#follow(decodeChunk(message), last, host);
            events.bytes(message);
          },
          closed: (code) => {
            gone();
            events.closed(code);
          },
        });
        const close = (code?: number) => {
          gone();
          socket.close(code);
        };
        return { ...socket, close };
      },
    };
  }

  /** What comes by one socket. @param last number of its newest frame so far @returns that now */
  #follow(frames: readonly ProgramFrame[], last: number, host: string): number {
    this.repeated += frames.filter(({ number }) => number <= last).length;
    this.#heardFrom = host;
    return Math.max(last, frames.at(-1)?.number ?? last);
  }

  #take(frames: readonly ProgramFrame[], nowMs: number): void {
    const chunkMs = Math.min(frames.length * FRAME_MS, LONGEST_CHUNK_MS);
    const gapMs = Math.min(chunkMs, this.#chunkMs) + GAP_MS;
    for (const frame of frames) {
      const last = this.heard.at(-1);
      const expected = last === undefined ? frame.number : last.frame.number + 1;
      this.missing += frame.number - expected;
      const late = last !== undefined && nowMs - last.atMs > gapMs;
      if (late || frame.number > expected || isTrouble(frame)) this.troubleMs = nowMs;
      this.heard.push({ frame, atMs: nowMs });
    }
    this.#chunkMs = chunkMs;
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
