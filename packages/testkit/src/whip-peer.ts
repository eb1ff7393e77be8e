import { isRtcp, parseRtp, type RtpPacket, writeRtp } from "@rostra/wire";
import { Audio, PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";
import { TestWorldError } from "./rostra-process.ts";

const OPUS_PAYLOAD_TYPE = 111;
const SSRC = 0x0a0b0c0d;
const CONNECT_LIMIT_MS = 10_000;

/**
 * Somebody on stage without a browser: sends Opus packets over WHIP and gets the mix of the others.
 * Only one process may hold the native library: never beside a stage in the same process.
 */
export class WhipPeer {
  readonly #connection: PeerConnection;
  readonly #track: Track;
  readonly #location: string;
  readonly #token: string;
  #sequence = 0;
  #onPacket: (packet: RtpPacket) => void = () => {};

  private constructor(connection: PeerConnection, track: Track, location: string, token: string) {
    this.#connection = connection;
    this.#track = track;
    this.#location = location;
    this.#token = token;
    track.onMessage((datagram) => {
      if (!isRtcp(datagram)) this.#onPacket(parseRtp(datagram));
    });
  }

  /** @param whipUrl of the space; @param token of somebody who is on its stage */
  static async connect(whipUrl: string, token: string): Promise<WhipPeer> {
    const connection = new PeerConnection("speaker", {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    const audio = new Audio("0", "SendRecv");
    audio.addOpusCodec(OPUS_PAYLOAD_TYPE);
    audio.addSSRC(SSRC, "speaker", "speaker", "microphone");
    const track = connection.addTrack(audio);
    track.setMediaHandler(new RtcpReceivingSession());
    const opened = new Promise<void>((resolve) => track.onOpen(() => resolve()));
    const offer = await gatheredOffer(connection);
    const response = await fetch(whipUrl, {
      method: "POST",
      headers: { "content-type": "application/sdp", authorization: `Bearer ${token}` },
      body: offer,
    });
    const answer = await response.text();
    if (response.status !== 201) {
      connection.close();
      throw new TestWorldError(`WHIP answered ${response.status}: ${answer}`);
    }
    connection.setRemoteDescription(answer, "answer");
    await within(opened, "the connection did not open");
    const location = new URL(response.headers.get("location") ?? "", whipUrl).href;
    return new WhipPeer(connection, track, location, token);
  }

  /** @param timestamp in samples at 48 kHz */
  send(payload: Uint8Array, timestamp: number): void {
    const packet = writeRtp({
      payloadType: OPUS_PAYLOAD_TYPE,
      marker: false,
      sequence: this.#sequence,
      timestamp,
      ssrc: SSRC,
      payload,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#track.sendMessageBinary(Buffer.from(packet));
  }

  onPacket(listener: (packet: RtpPacket) => void): void {
    this.#onPacket = listener;
  }

  async leave(): Promise<void> {
    await fetch(this.#location, {
      method: "DELETE",
      headers: { authorization: `Bearer ${this.#token}` },
    });
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
  await within(gathered, "no ICE candidates were gathered");
  const description = connection.localDescription();
  if (description === null) throw new TestWorldError("there is no offer");
  return description.sdp;
}

async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TestWorldError(otherwise)), CONNECT_LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
