import type { Clock } from "@rostra/wire";
import { atMost } from "../at-most.ts";
import { UplinkError } from "../errors.ts";
import { forMusic } from "./music-sdp.ts";
import type { OpenPeer, PeerOptions, PeerSample, StagePeer } from "./peer.ts";
import { readStats } from "./rtc-stats.ts";
import { askIceServers, deleteSession, postOffer, type WhipPlatform } from "./whip.ts";

/** Our own candidates hardly matter, the stage's do: what is found by then is enough. */
const GATHERING_MS = 500;
const CONNECT_MS = 6_000;
/** A goodbye that takes longer isn't heard. */
const GOODBYE_MS = 1_000;
/** TURN servers are asked for beside all else: who is slower than this goes without, once. */
const ICE_SERVERS_MS = 300;
/** Their credentials hold for a day. */
const ICE_SERVERS_KEPT_MS = 3_600_000;

/** Speaks to the stage by the browser's WebRTC. */
export function openRtcPeerWith(platform: WhipPlatform): OpenPeer {
  const iceServers = new IceServers(platform);
  return async (options) => {
    if (typeof RTCPeerConnection === "undefined") {
      throw new UplinkError("not-supported", "This browser has no WebRTC");
    }
    const token = await options.token();
    const peer = new RtcPeer(
      platform,
      options,
      token,
      await iceServers.get(options.whipUrl, token),
    );
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

/** Asked for once an hour; a reconnect doesn't wait for it. */
class IceServers {
  readonly #platform: WhipPlatform;
  #known: readonly RTCIceServer[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(platform: WhipPlatform) {
    this.#platform = platform;
  }

  async get(whipUrl: string, token: string): Promise<readonly RTCIceServer[]> {
    const { clock } = this.#platform;
    const nowMs = clock.nowMs();
    if (nowMs - this.#askedAtMs < ICE_SERVERS_KEPT_MS) return this.#known;
    this.#askedAtMs = nowMs;
    const asked = askIceServers(this.#platform, whipUrl, token).then((servers) => {
      this.#known = servers;
    });
    await atMost(clock, ICE_SERVERS_MS, asked, undefined);
    return this.#known;
  }
}

/** Owns one RTCPeerConnection and its session on the stage. */
class RtcPeer implements StagePeer {
  readonly path = "webrtc";
  readonly stream: MediaStream;
  session: string | null = null;
  readonly #platform: WhipPlatform;
  readonly #options: PeerOptions;
  readonly #token: string;
  readonly #connection: RTCPeerConnection;
  readonly #transceiver: RTCRtpTransceiver;
  #sessionUrl: string | null = null;
  #closed = false;

  constructor(
    platform: WhipPlatform,
    options: PeerOptions,
    token: string,
    iceServers: readonly RTCIceServer[],
  ) {
    this.#platform = platform;
    this.#options = options;
    this.#token = token;
    this.#connection = new RTCPeerConnection({ iceServers: [...iceServers] });
    this.#transceiver = this.#connection.addTransceiver(options.track, { direction: "sendrecv" });
    preferOpus(this.#transceiver);
    this.stream = new MediaStream([this.#transceiver.receiver.track]);
    this.#connection.addEventListener("connectionstatechange", options.changed);
  }

  async connect(): Promise<void> {
    const sdp = await this.#offer();
    const { whipUrl, continues, began } = this.#options;
    const offer = { token: this.#token, sdp, continues: continues() };
    const answer = await postOffer(this.#platform, whipUrl, offer);
    this.#sessionUrl = answer.sessionUrl;
    this.session = sessionIn(answer.sessionUrl);
    if (this.session !== null) began(this.session);
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

  /** By the receiver's own notes: statistics would make a whole report for each look. */
  soundMark(): number | null {
    return this.#transceiver.receiver.getSynchronizationSources?.()[0]?.rtpTimestamp ?? null;
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

  async leave(): Promise<void> {
    const sessionUrl = this.#closed ? null : this.#sessionUrl;
    if (sessionUrl !== null) {
      this.#sessionUrl = null;
      this.#transceiver.sender.replaceTrack(null).catch(() => {});
      // The goodbye goes first: once the connection has closed, the stage finds no session to end.
      const goodbye = deleteSession(this.#platform, sessionUrl, this.#token);
      await atMost(this.#platform.clock, GOODBYE_MS, goodbye, undefined);
    }
    this.close();
  }

  /** Whole, with the candidates in it: one round trip makes the connection. */
  async #offer(): Promise<string> {
    try {
      const { sdp = "" } = await this.#connection.createOffer();
      await this.#connection.setLocalDescription({
        type: "offer",
        sdp: this.#options.music ? forMusic(sdp) : sdp,
      });
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

/** The last part of its path: what a later connection continues. */
function sessionIn(sessionUrl: string | null): string | null {
  if (sessionUrl === null) return null;
  return new URL(sessionUrl).pathname.split("/").at(-1) ?? null;
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
