import { decodeChunk, decodeRoomEvent, type ProgramFrame, type RoomEvent } from "@rostra/wire";

/** A handshake that is refused is tried again, as anybody would: so often, and after so many ms. */
const [TRIES, RETRY_MS] = [25, 200];

/** A listener that speaks rostra.live.v1 over the platform's own WebSocket and keeps all it gets. */
export class WebSocketListener {
  readonly frames: ProgramFrame[] = [];
  readonly events: RoomEvent[] = [];
  /** When each frame came, ms since 1970, by its number. */
  readonly arrivalsMs = new Map<number, number>();
  /** Of the connection that stood; of the last one where none has. */
  closeCode: number | undefined;
  readonly #url: string;
  #socket: WebSocket;
  #triesLeft = TRIES;
  #isClosed = false;

  /**
   * @param baseUrl such as http://127.0.0.1:7070
   * @param query such as `?from=100`
   */
  constructor(baseUrl: string, spaceId: string, query = "") {
    this.#url = `${baseUrl.replace(/^http/, "ws")}/live/${spaceId}${query}`;
    this.#socket = this.#connect();
  }

  #connect(): WebSocket {
    const socket = new WebSocket(this.#url, "rostra.live.v1");
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#triesLeft = 0;
    };
    socket.onmessage = (message) => this.#take(message.data);
    socket.onclose = (event) => {
      this.#triesLeft -= 1;
      if (this.#triesLeft < 0) this.closeCode = event.code;
      else setTimeout(() => this.#again(), RETRY_MS);
    };
    return socket;
  }

  #again(): void {
    if (!this.#isClosed) this.#socket = this.#connect();
  }

  /** Number of the newest frame; undefined before the first. */
  get latestFrame(): number | undefined {
    return this.frames.at(-1)?.number;
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Frame numbers that should stand between the first and the last frame and don't. */
  get missing(): number[] {
    const missing: number[] = [];
    for (let i = 1; i < this.frames.length; i += 1) {
      for (let n = this.frames[i - 1]!.number + 1; n < this.frames[i]!.number; n += 1)
        missing.push(n);
    }
    return missing;
  }

  /** Numbers that came again or out of order. */
  get repeated(): number[] {
    return this.frames
      .filter((frame, i) => i > 0 && frame.number <= this.frames[i - 1]!.number)
      .map((frame) => frame.number);
  }

  /** Lets go of what came so far. */
  forget(): void {
    this.frames.length = 0;
    this.events.length = 0;
    this.arrivalsMs.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      const event = decodeRoomEvent(data);
      if (event !== undefined) this.events.push(event);
      return;
    }
    const nowMs = performance.timeOrigin + performance.now();
    for (const frame of decodeChunk(new Uint8Array(data))) {
      this.frames.push(frame);
      if (!this.arrivalsMs.has(frame.number)) this.arrivalsMs.set(frame.number, nowMs);
    }
  }
}
