import { isRtcp, parseRtp, type RtpPacket } from "@rostra/wire";
import { Audio, PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";
import { OutgoingRtp } from "./outgoing-rtp.ts";
import { TestWorldError } from "./rostra-process.ts";

/** Brings an offer to whoever answers it. @returns the SDP answer, with its candidates */
export type Signal = (offer: string) => Promise<string>;

const OPUS_PAYLOAD_TYPE = 111;
const GATHER_LIMIT_MS = 5_000;
const CONNECT_LIMIT_MS = 10_000;

/**
 * One WebRTC connection that sends Opus and gets Opus, whatever the signalling: for those who bring
 * their own, or change the answer on its way. Only one process may hold the native library: never
 * beside a stage in the same process.
 */
export class RtpSpeaker {
  /** Packets of the other side's sound so far. */
  packetsReceived = 0;
  readonly #connection: PeerConnection;
  readonly #track: Track;
  readonly #rtp: OutgoingRtp;
  #onPacket: (packet: RtpPacket) => void = () => {};

  private constructor(connection: PeerConnection, track: Track, rtp: OutgoingRtp) {
    this.#connection = connection;
    this.#track = track;
    this.#rtp = rtp;
    track.onMessage((datagram) => {
      if (isRtcp(datagram)) return;
      this.packetsReceived += 1;
      this.#onPacket(parseRtp(datagram));
    });
  }

  /**
   * Resolves once sound can flow. Nothing is left behind where it rejects.
   * @param limitMs how long the way may take to be found once the answer is there
   * @throws {TestWorldError} and whatever `signal` throws
   */
  static async connect(signal: Signal, limitMs = CONNECT_LIMIT_MS): Promise<RtpSpeaker> {
    const connection = new PeerConnection("speaker", {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    try {
      const rtp = new OutgoingRtp();
      const audio = new Audio("0", "SendRecv");
      audio.addOpusCodec(OPUS_PAYLOAD_TYPE);
      audio.addSSRC(rtp.ssrc, "speaker", "speaker", "microphone");
      const track = connection.addTrack(audio);
      track.setMediaHandler(new RtcpReceivingSession());
      const opened = new Promise<void>((resolve) => track.onOpen(() => resolve()));
      const answer = await signal(await gatheredOffer(connection));
      connection.setRemoteDescription(answer, "answer");
      await within(limitMs, opened, "the connection did not open");
      return new RtpSpeaker(connection, track, rtp);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** `connected`, `disconnected`, `failed`, `closed`, ... */
  get state(): string {
    return this.#connection.state();
  }

  /** @param timestamp in samples at 48 kHz */
  send(payload: Uint8Array, timestamp: number): void {
    if (!this.#track.isOpen()) return;
    this.#track.sendMessageBinary(Buffer.from(this.#rtp.packet(payload, timestamp)));
  }

  /** A sender report: the sample `timestamp` is of `atMs`, ms since 1970 by the speaker's clock. */
  report(timestamp: number, atMs: number): void {
    if (!this.#track.isOpen()) return;
    this.#track.sendMessageBinary(Buffer.from(this.#rtp.report(timestamp, atMs)));
  }

  onPacket(listener: (packet: RtpPacket) => void): void {
    this.#onPacket = listener;
  }

  /** Without a word to the other side but what WebRTC itself says. */
  close(): void {
    this.#connection.close();
  }
}

async function gatheredOffer(connection: PeerConnection): Promise<string> {
  const gathered = new Promise<void>((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === "complete") resolve();
    });
  });
  connection.setLocalDescription("offer");
  await within(GATHER_LIMIT_MS, gathered, "no ICE candidates were gathered");
  const description = connection.localDescription();
  if (description === null) throw new TestWorldError("there is no offer");
  return description.sdp;
}

async function within<T>(limitMs: number, promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TestWorldError(otherwise)), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
