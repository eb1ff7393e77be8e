import {
  decodeStageNews,
  encodeStageMessage,
  type ProblemDetails,
  parseRtp,
  type RtpPacket,
  STAGE_SUBPROTOCOL,
  type StageNews,
  type StageRequest,
} from "@rostra/wire";
import { OutgoingRtp } from "./outgoing-rtp.ts";

export interface StageSocketClientOptions {
  /** Send and get RTP over the socket. */
  readonly audio?: boolean;
  /** The session that this one continues. */
  readonly continues?: string;
  /** Which stage of a pair; left out: the first. */
  readonly stage?: string;
  /** Left out where a test says hello itself, or never. */
  readonly token?: string;
}

/** Somebody on stage by WebSocket alone: keeps all that the stage says, and sends RTP. */
export class StageSocketClient {
  readonly news: StageNews[] = [];
  readonly packets: RtpPacket[] = [];
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #rtp = new OutgoingRtp();
  #onPacket: (packet: RtpPacket) => void = () => {};

  /** @param baseUrl such as http://127.0.0.1:7070 */
  constructor(baseUrl: string, spaceId: string, options: StageSocketClientOptions = {}) {
    const { token, audio = false, continues, stage } = options;
    const query = stage === undefined ? "" : `?stage=${encodeURIComponent(stage)}`;
    const url = `${baseUrl.replace(/^http/, "ws")}/api/v1/spaces/${spaceId}/stage${query}`;
    this.#socket = new WebSocket(url, STAGE_SUBPROTOCOL);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      if (token === undefined) return;
      const hello = { type: "hello", token, audio } as const;
      this.say(continues === undefined ? hello : { ...hello, continues });
    };
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = ({ code }) => {
      this.closeCode = code;
    };
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The audio session; undefined before `ready`. */
  get session(): string | null | undefined {
    return this.newsOf("ready")[0]?.session;
  }

  get refusal(): ProblemDetails | undefined {
    return this.newsOf("refused")[0]?.problem;
  }

  newsOf<T extends StageNews["type"]>(type: T): Extract<StageNews, { type: T }>[] {
    return this.news.filter((one): one is Extract<StageNews, { type: T }> => one.type === type);
  }

  say(request: StageRequest): void {
    this.#socket.send(encodeStageMessage(request));
  }

  /** Whatever a test wants to say. */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  /** @param timestamp in samples at 48 kHz */
  send(payload: Uint8Array, timestamp: number): void {
    if (!this.isOpen) return;
    this.#socket.send(this.#rtp.packet(payload, timestamp) as Uint8Array<ArrayBuffer>);
  }

  /** A sender report: the sample `timestamp` is of `atMs`, ms since 1970 by the speaker's clock. */
  report(timestamp: number, atMs: number): void {
    if (!this.isOpen) return;
    this.#socket.send(this.#rtp.report(timestamp, atMs) as Uint8Array<ArrayBuffer>);
  }

  onPacket(listener: (packet: RtpPacket) => void): void {
    this.#onPacket = listener;
  }

  close(): void {
    this.#socket.close();
  }

  #take(data: unknown): void {
    if (typeof data === "string") {
      const news = decodeStageNews(data);
      if (news !== undefined) this.news.push(news);
    } else if (data instanceof ArrayBuffer) {
      const packet = parseRtp(new Uint8Array(data));
      this.packets.push(packet);
      this.#onPacket(packet);
    }
  }
}
