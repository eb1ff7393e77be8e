import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { type Clock, writeReceiverReport } from "@rostra/wire";
import { Audio, IceUdpMuxListener, PeerConnection, type Track } from "node-datachannel";
import { StageError } from "../errors.ts";
import { writeAnswer } from "./answer.ts";
import { type AudioOffer, canonicalOffer, opusFormat } from "./offer.ts";
import type { PeerHandlers, PeerState, PeerTransport, WebRtcPeer } from "./peer.ts";
import { Reception } from "./reception.ts";

export interface WebRtcOptions {
  /** 0 takes any free port. */
  readonly udpPort: number;
  /** Default: every address of the machine. */
  readonly bindAddress?: string;
  readonly announcedAddresses: readonly string[];
  readonly clock: Clock;
}

/** How long host candidates may take to gather; they are there at once on a sane machine. */
const GATHERING_MS = 2_000;
/** How long the library may take to say `closed`. */
const CLOSING_MS = 2_000;

/**
 * WebRTC by libdatachannel, all peers on one UDP port. Only one per process: the library's threads
 * abort where two instances share one.
 * @throws {StageError} `bad-option`, `port-in-use`
 */
export async function openNodeDataChannel(options: WebRtcOptions): Promise<PeerTransport> {
  for (const address of options.announcedAddresses) {
    if (isIP(address) === 0) {
      throw new StageError("bad-option", `'${address}' is not an IP address to announce`);
    }
  }
  const udpPort = options.udpPort === 0 ? await freeUdpPort() : options.udpPort;
  return new NodeDataChannelTransport(udpPort, options);
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind(0, resolve);
  await promise;
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(done));
  return port;
}

/**
 * Ports that this process holds, for good. Without a listener the port would be opened by the first
 * peer and closed with the last, and where that fails the library throws in C++, which ends the
 * process. Never stopped: in libdatachannel 0.24.5 `stop` may do nothing (its flag begins without a
 * value), and a listener that is freed all the same would be called by the next packet.
 */
const heldPorts = new Map<number, IceUdpMuxListener>();

function holdPort(udpPort: number, bindAddress: string | undefined): void {
  if (heldPorts.has(udpPort)) return;
  try {
    const listener =
      bindAddress === undefined
        ? new IceUdpMuxListener(udpPort)
        : new IceUdpMuxListener(udpPort, bindAddress);
    heldPorts.set(udpPort, listener);
  } catch (cause) {
    throw new StageError("port-in-use", `UDP port ${udpPort} can't be opened`, { cause });
  }
}

class NodeDataChannelTransport implements PeerTransport {
  readonly udpPort: number;
  readonly #options: WebRtcOptions;
  readonly #peers = new Set<NodeDataChannelPeer>();
  #closed = false;

  constructor(udpPort: number, options: WebRtcOptions) {
    this.udpPort = udpPort;
    this.#options = options;
    holdPort(udpPort, options.bindAddress);
  }

  async accept(offer: AudioOffer, ssrc: number, handlers: PeerHandlers): Promise<WebRtcPeer> {
    if (this.#closed) throw new StageError("closed", "the stage is closing");
    const peer = new NodeDataChannelPeer(this.#options.clock, handlers, {
      iceServers: [],
      disableAutoNegotiation: true,
      enableIceUdpMux: true,
      portRangeBegin: this.udpPort,
      portRangeEnd: this.udpPort,
      ...(this.#options.bindAddress === undefined
        ? {}
        : { bindAddress: this.#options.bindAddress }),
    });
    this.#peers.add(peer);
    void peer.gone.then(() => this.#peers.delete(peer));
    try {
      const nativeSdp = await peer.negotiate(offer, ssrc);
      const { announcedAddresses } = this.#options;
      peer.answer = writeAnswer(offer, {
        nativeSdp,
        ssrc,
        announcedAddresses,
        udpPort: this.udpPort,
      });
      return peer;
    } catch (error) {
      await peer.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#peers].map((peer) => peer.close()));
  }
}

const STATES: Readonly<Record<string, PeerState>> = {
  new: "connecting",
  connecting: "connecting",
  connected: "connected",
  disconnected: "disconnected",
  failed: "failed",
  closed: "closed",
};

/**
 * Owns one native connection and its track. The objects are held until the library has said
 * `closed`: freed by the garbage collector before that, they would be called back after their end.
 */
class NodeDataChannelPeer implements WebRtcPeer {
  answer = "";
  /** Resolves when the library has let go of the connection. */
  readonly gone: Promise<void>;
  readonly #clock: Clock;
  readonly #handlers: PeerHandlers;
  readonly #connection: PeerConnection;
  readonly #sayGone: () => void;
  #track: Track | undefined;
  #closing = false;

  constructor(
    clock: Clock,
    handlers: PeerHandlers,
    config: ConstructorParameters<typeof PeerConnection>[1],
  ) {
    this.#clock = clock;
    this.#handlers = handlers;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#sayGone = resolve;
    this.#connection = new PeerConnection("speaker", config);
    // Must be set even where nobody listens: the native side lets go only when it was called.
    this.#connection.onStateChange((state) => this.#onState(STATES[state] ?? "connecting"));
  }

  #onState(state: PeerState): void {
    if (state === "closed") this.#sayGone();
    this.#handlers.onState(state);
  }

  /** @returns the library's answer with all its candidates */
  async negotiate(offer: AudioOffer, ssrc: number): Promise<string> {
    const media = new Audio(offer.mid, offer.wantsSound ? "SendRecv" : "RecvOnly");
    media.addOpusCodec(offer.payloadType, opusFormat(offer));
    media.addSSRC(ssrc, "rostra", "rostra", "stage");
    const track = this.#connection.addTrack(media);
    this.#track = track;
    track.onClosed(() => {}); // as with onStateChange
    // The library's own RtcpReceivingSession would keep sender reports to itself.
    const reception = new Reception();
    track.onMessage((datagram) => {
      const report = reception.take(datagram, this.#clock.nowMs());
      if (report !== undefined) this.send(writeReceiverReport(ssrc, report));
      this.#handlers.onDatagram(datagram);
    });
    const gathered = this.#gathered();
    try {
      this.#connection.setRemoteDescription(canonicalOffer(offer), "offer");
    } catch (cause) {
      throw new StageError("transport", "the WebRTC library refused the offer", { cause });
    }
    this.#connection.setLocalDescription("answer");
    await gathered;
    const local = this.#connection.localDescription();
    if (local === null) throw new StageError("transport", "the WebRTC library gave no answer");
    return local.sdp;
  }

  /** Resolves when all candidates are known, or when waiting for more isn't worth it. */
  async #gathered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connection.onGatheringStateChange((state) => {
      if (state === "complete") resolve();
    });
    const cancel = this.#clock.after(GATHERING_MS, resolve);
    await promise;
    cancel();
  }

  send(datagram: Uint8Array): boolean {
    if (this.#closing || this.#track?.isOpen() !== true) return false;
    try {
      return this.#track.sendMessageBinary(asBuffer(datagram));
    } catch {
      return false; // closed by the other side since the check: its state change is on the way
    }
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      // The track first: it takes its callbacks back before the connection's threads end.
      this.#track?.close();
      this.#connection.close();
    }
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(CLOSING_MS, resolve);
    await Promise.race([this.gone, late]);
    cancel();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
