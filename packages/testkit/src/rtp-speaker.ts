import { isRtcp, parseRtp, type RtpPacket, writeRtp } from "@rostra/wire";
import { Audio, PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";
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
  readonly #ssrc: number;
  #sequence = 0;
  #onPacket: (packet: RtpPacket) => void = () => {};

  private constructor(connection: PeerConnection, track: Track, ssrc: number) {
    this.#connection = connection;
    this.#track = track;
    this.#ssrc = ssrc;
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
      const ssrc = crypto.getRandomValues(new Uint32Array(1))[0]!;
      const audio = new Audio("0", "SendRecv");
      audio.addOpusCodec(OPUS_PAYLOAD_TYPE);
      audio.addSSRC(ssrc, "speaker", "speaker", "microphone");
      const track = connection.addTrack(audio);
      track.setMediaHandler(new RtcpReceivingSession());
      const opened = new Promise<void>((resolve) => track.onOpen(() => resolve()));
      const answer = await signal(await gatheredOffer(connection));
      connection.setRemoteDescription(answer, "answer");
      await within(limitMs, opened, "the connection did not open");
      return new RtpSpeaker(connection, track, ssrc);
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
    const packet = writeRtp({
      payloadType: OPUS_PAYLOAD_TYPE,
      marker: false,
      sequence: this.#sequence,
      timestamp: timestamp % 2 ** 32,
      ssrc: this.#ssrc,
      payload,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#track.sendMessageBinary(Buffer.from(packet));
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
