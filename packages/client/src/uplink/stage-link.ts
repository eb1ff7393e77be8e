import {
  decodeStageNews,
  encodeStageMessage,
  type ProblemDetails,
  STAGE_SUBPROTOCOL,
  type StageHello,
  type StageNews,
  type StageRequest,
} from "@rostra/wire";

/** One stage socket (docs/protocol/stage-v1.md): the port between us and the browser's WebSocket. */

export interface StageLinkEvents {
  news(message: StageNews): void;
  /** An RTP packet of what the others say. */
  packet(datagram: Uint8Array): void;
  /**
   * It ended, or never came to stand. Called once; never after `close`.
   * @param problem what the stage said last; null where it said nothing
   */
  closed(problem: ProblemDetails | null): void;
}

export interface StageLink {
  send(request: StageRequest): void;
  /** @returns false where the packet was let go: not open, or too much waits already */
  sendPacket(datagram: Uint8Array): boolean;
  close(): void;
}

export type OpenStageLink = (url: string, hello: StageHello, events: StageLinkEvents) => StageLink;

/** 200 ms of sound at 40 kbit/s with headers: what waits longer comes too late to be played. */
const BACKLOG_BYTES = 1_500;

/** The browser's WebSocket behind the port. */
export const openBrowserStageLink: OpenStageLink = (url, hello, events) => {
  const socket = new WebSocket(url, STAGE_SUBPROTOCOL);
  let problem: ProblemDetails | null = null;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(encodeStageMessage(hello));
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) {
      events.packet(new Uint8Array(data));
      return;
    }
    const news = newsOf(data);
    if (news?.type === "refused") problem = news.problem;
    if (news !== undefined) events.news(news);
  };
  socket.onclose = () => events.closed(problem);
  return {
    send: (request) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeStageMessage(request));
    },
    sendPacket: (datagram) => {
      if (socket.readyState !== WebSocket.OPEN) return false;
      if (socket.bufferedAmount > BACKLOG_BYTES) return false;
      socket.send(datagram as Uint8Array<ArrayBuffer>);
      return true;
    },
    close: () => {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    },
  };
};

/** What isn't said as the protocol says is let go: one odd message is no reason to be cut off. */
function newsOf(text: unknown): StageNews | undefined {
  try {
    return typeof text === "string" ? decodeStageNews(text) : undefined;
  } catch {
    return undefined;
  }
}
