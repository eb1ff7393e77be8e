import type { Clock } from "@rostra/wire";
import { atMost } from "../at-most.ts";
import { UplinkError } from "../errors.ts";
import type { Farewell, OpenPeer, PeerOptions, PeerSample, StagePeer } from "./peer.ts";
import { readStats } from "./rtc-stats.ts";
import { deleteSession, postOffer, type WhipPlatform } from "./whip.ts";

/** Our own candidates hardly matter, the stage's do: what is found by then is enough. */
const GATHERING_MS = 500;
const CONNECT_MS = 6_000;
/** A goodbye that takes longer isn't heard. */
const GOODBYE_MS = 1_000;

/** Speaks to the stage by the browser's WebRTC. */
export function openRtcPeerWith(platform: WhipPlatform): OpenPeer {
  return async (options) => {
    if (typeof RTCPeerConnection === "undefined") {
      throw new UplinkError("not-supported", "This browser has no WebRTC");
    }
    const peer = new RtcPeer(platform, options);
    try {
      await peer.connect();
      return peer;
    } catch (error) {
      // The stage would wait for it, and has no room for many such.
      void peer.leave();
      throw error;
    }
  };
}

/** Owns one RTCPeerConnection and its session on the stage. */
class RtcPeer implements StagePeer {
  readonly #platform: WhipPlatform;
  readonly #options: PeerOptions;
  readonly #connection = new RTCPeerConnection({ iceServers: [] });
  readonly #transceiver: RTCRtpTransceiver;
  readonly stream: MediaStream;
  #sessionUrl: string | null = null;
  #token = "";
  #closed = false;

  constructor(platform: WhipPlatform, options: PeerOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#transceiver = this.#connection.addTransceiver(options.track, { direction: "sendrecv" });
    preferOpus(this.#transceiver);
    this.stream = new MediaStream([this.#transceiver.receiver.track]);
    this.#connection.addEventListener("connectionstatechange", options.changed);
  }

  async connect(): Promise<void> {
    // Both at once: a token may have to be renewed first.
    const [token, sdp] = await Promise.all([this.#options.token(), this.#offer()]);
    this.#token = token;
    const answer = await postOffer(this.#platform, this.#options.whipUrl, token, sdp);
    this.#sessionUrl = answer.sessionUrl;
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    // The DTLS transport is there only from now on; its end is the stage's goodbye.
    const dtls = this.#transceiver.sender.transport;
    dtls?.addEventListener("statechange", this.#options.changed);
    await this.#connected();
  }

  async sample(): Promise<PeerSample> {
    const stats = this.#closed ? [] : (await this.#connection.getStats()).values();
    const ended = this.#transceiver.sender.transport?.state === "closed";
    return { state: ended ? "closed" : this.#connection.connectionState, ...readStats(stats) };
  }

  replaceTrack(track: MediaStreamTrack): Promise<void> {
    return this.#transceiver.sender.replaceTrack(track);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.removeEventListener("connectionstatechange", this.#options.changed);
    this.#transceiver.sender.transport?.removeEventListener("statechange", this.#options.changed);
    this.#connection.close();
  }

  async leave(): Promise<Farewell> {
    const sessionUrl = this.#closed ? null : this.#sessionUrl;
    if (sessionUrl === null) {
      this.close();
      return "unknown";
    }
    this.#sessionUrl = null;
    this.#transceiver.sender.replaceTrack(null).catch(() => {});
    // The goodbye goes first: once the connection has closed, the stage finds no session to end.
    const goodbye = deleteSession(this.#platform, sessionUrl, this.#token);
    const farewell = await atMost(this.#platform.clock, GOODBYE_MS, goodbye, "unknown");
    this.close();
    return farewell;
  }

  /** Whole, with the candidates in it: one round trip makes the connection. */
  async #offer(): Promise<string> {
    try {
      await this.#connection.setLocalDescription();
    } catch (cause) {
      throw new UplinkError("offer", "The browser could not make an offer", { cause });
    }
    await within(
      this.#platform.clock,
      GATHERING_MS,
      this.#connection,
      "icegatheringstatechange",
      () => this.#connection.iceGatheringState === "complete",
    );
    const sdp = this.#connection.localDescription?.sdp;
    if (sdp === undefined) throw new UplinkError("offer", "The browser made no offer");
    return sdp;
  }

  async #connected(): Promise<void> {
    const connection = this.#connection;
    await within(this.#platform.clock, CONNECT_MS, connection, "connectionstatechange", () =>
      ["connected", "failed", "closed"].includes(connection.connectionState),
    );
    if (connection.connectionState !== "connected") {
      throw new UplinkError(
        "no-path",
        "No way for the sound was found: a firewall may be blocking",
      );
    }
  }
}

/** Resolves when `done` holds, looked at on each `event`; at the latest after `ms`. */
function within(
  clock: Clock,
  ms: number,
  target: EventTarget,
  event: string,
  done: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      cancel();
      target.removeEventListener(event, look);
      resolve();
    };
    const look = () => {
      if (done()) finish();
    };
    const cancel = clock.after(ms, finish);
    target.addEventListener(event, look);
    look();
  });
}

/** The stage takes Opus only; redundant encodings would be sent for nothing. */
function preferOpus(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
  const opus = codecs.filter(({ mimeType }) => mimeType.toLowerCase() === "audio/opus");
  if (opus.length > 0) transceiver.setCodecPreferences(opus);
}
