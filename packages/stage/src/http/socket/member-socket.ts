import type { Socket } from "node:net";
import {
  type Cancel,
  CLOSE,
  type Clock,
  decodeStageRequest,
  encodeStageMessage,
  encodeTextFrame,
  type ProblemCode,
  problem,
  type StageHello,
  type StageNews,
  type StageRequest,
  WireError,
} from "@rostra/wire";
import { type PeerLine, SocketPeer } from "../../transport/socket-peer.ts";
import type { Admitted } from "../admission.ts";
import { Refusal } from "../refusal.ts";
import { SocketLine } from "./line.ts";

/** What one socket asks of those who hold it. */
export interface MemberSocketHost {
  /**
   * @returns the session's id, where `hello` asked for one
   * @throws {Refusal} why the member can't have the socket
   */
  hello(socket: MemberSocket, hello: StageHello): Promise<string | null>;
  request(socket: MemberSocket, request: Exclude<StageRequest, StageHello>): void;
  closed(socket: MemberSocket): void;
}

const HELLO_WITHIN_MS = 5_000;
/** Sound is asked for ten times a second how far it is behind. */
const ASK_EVERY_MS = 100;
/** Levels are worth nothing late: a socket that is so far behind gets none. */
const NEWS_BEHIND_MS = 500;

/**
 * One stage socket. States: new (nobody knows who it is), checking (its hello), open, closed.
 * Owns the WebSocket; its audio session owns the peer.
 */
export class MemberSocket implements PeerLine {
  /** As the request named it. */
  readonly spaceName: string;
  /** Who it is; set by the host as soon as that is known. */
  member: Admitted | undefined;
  readonly #host: MemberSocketHost;
  readonly #line: SocketLine;
  readonly #cancelHello: Cancel;
  #state: "new" | "checking" | "open" | "closed" = "new";
  #peer: SocketPeer | undefined;

  constructor(
    options: { socket: Socket; clock: Clock; host: MemberSocketHost; spaceName: string },
    opening: { head: string; first: Uint8Array },
  ) {
    this.spaceName = options.spaceName;
    this.#host = options.host;
    this.#cancelHello = options.clock.after(HELLO_WITHIN_MS, () =>
      this.refuse("unauthorized", "say hello within five seconds", CLOSE.policyViolation),
    );
    const handlers = {
      text: (text: string) => this.#onText(text),
      binary: (message: Uint8Array) => this.#onBinary(message),
      closed: () => this.#onClosed(),
    };
    this.#line = new SocketLine(options.socket, options.clock, handlers, opening);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get carriesAudio(): boolean {
    return this.#peer !== undefined;
  }

  get behindMs(): number {
    return this.#line.behindMs;
  }

  /** Makes the peer of an audio session on this socket. */
  makePeer(handlers: ConstructorParameters<typeof SocketPeer>[1]): SocketPeer {
    this.#peer = new SocketPeer(this, handlers);
    return this.#peer;
  }

  /** @param frame a whole WebSocket frame, shared with others */
  send(frame: Uint8Array): void {
    this.#line.send(frame);
  }

  /** News that the next one makes up for. @param frame as for `send` */
  sendIfQuick(frame: Uint8Array): void {
    if (this.behindMs < NEWS_BEHIND_MS) this.#line.send(frame);
  }

  tell(news: StageNews): void {
    this.#line.send(encodeTextFrame(encodeStageMessage(news)));
  }

  refuse(code: ProblemCode, detail: string, closeCode: number): void {
    this.tell({ type: "refused", problem: problem(code, detail) });
    this.close(closeCode, detail);
  }

  close(code: number, reason: string): void {
    this.#cancelHello();
    this.#line.close(code, reason);
  }

  #onText(text: string): void {
    let request: StageRequest;
    try {
      request = decodeStageRequest(text);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refuse("bad-request", error.message, CLOSE.protocolError);
      return;
    }
    if (request.type === "hello") {
      if (this.#state === "new") void this.#onHello(request);
      else this.refuse("bad-request", "hello is said once", CLOSE.protocolError);
    } else if (this.#state === "open") this.#host.request(this, request);
    else this.refuse("bad-request", "wait for ready first", CLOSE.protocolError);
  }

  /** Never rejects. */
  async #onHello(hello: StageHello): Promise<void> {
    this.#state = "checking";
    this.#cancelHello();
    try {
      const session = await this.#host.hello(this, hello);
      if (this.isClosed) return;
      this.#state = "open";
      this.tell({ type: "ready", session });
      if (this.#peer === undefined) return;
      this.#line.askEvery(ASK_EVERY_MS);
      this.#peer.opened();
    } catch (error) {
      const refusal = error instanceof Refusal ? error : undefined;
      const detail = refusal?.message ?? "the stage failed: try again";
      const closeCode = refusal?.code === "ended" ? CLOSE.ended : CLOSE.policyViolation;
      this.refuse(refusal?.code ?? "internal", detail, closeCode);
    }
  }

  #onBinary(message: Uint8Array): void {
    if (this.#state === "open" && this.#peer !== undefined) this.#peer.receive(message);
    else this.refuse("bad-request", "no sound was asked for", CLOSE.unsupportedData);
  }

  #onClosed(): void {
    if (this.isClosed) return;
    this.#state = "closed";
    this.#cancelHello();
    this.#peer?.lost();
    this.#host.closed(this);
  }
}
