import type { Cancel, Clock, ProblemDetails, StageNews } from "@rostra/wire";
import { NetworkError, ProblemError, UplinkError } from "../errors.ts";
import type { OpenPeer, PeerOptions, PeerSample, StagePeer } from "./peer.ts";
import { PingLag } from "./ping-lag.ts";
import { VoicePath } from "./socket/voice-path.ts";
import type { OpenStageLink, StageLink } from "./stage-link.ts";

export interface SocketPeerPlatform {
  readonly clock: Clock;
  readonly openLink: OpenStageLink;
}

const READY_WITHIN_MS = 5_000;
const PING_EVERY_MS = 100;
/**
 * What waits longer would only be heard late: it is left out, and concealed on the stage. A page that
 * was busy for a moment is behind, too, without anything being stuck: that is no reason yet.
 */
const MAX_BEHIND_MS = 1_000;

/** Speaks to the stage by RTP over its WebSocket, where UDP doesn't get through. */
export function openSocketPeerWith(platform: SocketPeerPlatform): OpenPeer {
  return async (options) => {
    const token = await options.token();
    const peer = new SocketPeer(platform, options, token);
    try {
      await peer.connect();
      return peer;
    } catch (error) {
      peer.close();
      throw error;
    }
  };
}

/** Owns one stage socket with sound, and the sound's way to and from it. */
class SocketPeer implements StagePeer {
  readonly path = "websocket";
  session: string | null = null;
  readonly #clock: Clock;
  readonly #options: PeerOptions;
  readonly #link: StageLink;
  readonly #lag: PingLag;
  readonly #ready: Promise<void>;
  readonly #onReady: () => void;
  readonly #onRefused: (error: unknown) => void;
  #voice: VoicePath | null = null;
  #state: PeerSample["state"] = "connecting";
  #packetsReceived = 0;
  #cancelPing: Cancel = () => {};

  constructor(platform: SocketPeerPlatform, options: PeerOptions, token: string) {
    this.#clock = platform.clock;
    this.#options = options;
    this.#lag = new PingLag(platform.clock);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#ready = promise;
    this.#onReady = resolve;
    this.#onRefused = reject;
    // Looked at in `connect`; until then a refusal must not count as unhandled.
    promise.catch(() => {});
    const continues = options.continues();
    const hello = { type: "hello", token, audio: true } as const;
    this.#link = platform.openLink(
      options.socketUrl,
      continues === null ? hello : { ...hello, continues },
      {
        news: (message) => this.#onNews(message),
        packet: (datagram) => {
          this.#packetsReceived += 1;
          this.#voice?.receive(datagram);
        },
        closed: (problem) => this.#onClosed(problem),
      },
    );
  }

  get stream(): MediaStream {
    return this.#voice!.stream;
  }

  async connect(): Promise<void> {
    const cancel = this.#clock.after(READY_WITHIN_MS, () =>
      this.#onRefused(new NetworkError("timeout", "The stage took too long to answer")),
    );
    try {
      // Both at once; nothing is sent before `ready`.
      const opening = VoicePath.open({
        clock: this.#clock,
        track: this.#options.track,
        music: this.#options.music,
        send: (datagram) => this.#send(datagram),
        failed: () => this.#onClosed(null),
      });
      const [voice] = await Promise.all([opening.then((it) => this.#keep(it)), this.#ready]);
      this.#voice = voice;
    } finally {
      cancel();
    }
    if (this.#state === "closed") throw new UplinkError("no-path", "The connection broke");
    this.#ping();
  }

  /** However this ends, the sound's way is closed with it. */
  #keep(voice: VoicePath): VoicePath {
    this.#voice = voice;
    if (this.#state === "closed") voice.close();
    return voice;
  }

  async sample(): Promise<PeerSample> {
    return {
      state: this.#state,
      packetsReceived: this.#packetsReceived,
      rttMs: this.#lag.rttMs === null ? null : Math.round(this.#lag.rttMs),
      packetLoss: null,
    };
  }

  soundMark(): number | null {
    return this.#packetsReceived === 0 ? null : this.#packetsReceived;
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    this.#voice?.setTrack(track);
  }

  close(): void {
    this.#state = "closed";
    this.#cancelPing();
    this.#link.close();
    this.#voice?.close();
  }

  /** The end of the socket is the goodbye. */
  async leave(): Promise<void> {
    this.close();
  }

  #send(datagram: Uint8Array): void {
    if (this.#state !== "connected" || this.#lag.behindMs > MAX_BEHIND_MS) return;
    this.#link.sendPacket(datagram);
  }

  #onNews(message: StageNews): void {
    if (message.type === "pong") this.#lag.onPong(message.number);
    if (message.type !== "ready") return;
    this.session = message.session;
    if (message.session !== null) this.#options.began(message.session);
    this.#state = "connected";
    this.#onReady();
  }

  #onClosed(problem: ProblemDetails | null): void {
    const error =
      problem === null
        ? new NetworkError("unreachable", "The server can't be reached")
        : new ProblemError(problem);
    this.#state = "closed";
    this.#cancelPing();
    this.#onRefused(error);
    this.#options.changed();
  }

  #ping(): void {
    if (this.#state !== "connected") return;
    const number = this.#lag.next();
    if (number !== null) this.#link.send({ type: "ping", number, rttMs: this.#lag.rttMs });
    this.#cancelPing = this.#clock.after(PING_EVERY_MS, () => this.#ping());
  }
}
