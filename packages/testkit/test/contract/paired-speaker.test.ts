import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { isRtcp, parseRtp, type RtpPacket, type SenderReport, senderReportsIn } from "@rostra/wire";
import { Audio, PeerConnection } from "node-datachannel";
import { afterEach, expect, it } from "vitest";
import { PairedSpeaker } from "../../src/index.ts";

const WITHIN = { timeout: 10_000, interval: 20 };
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

/**
 * Takes WHIP offers by the same library as the stage does, and keeps what comes. Without the
 * library's RtcpReceivingSession, which keeps reports to itself.
 */
class Ear {
  readonly packets: RtpPacket[] = [];
  readonly reports: SenderReport[] = [];
  readonly connections: PeerConnection[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", async (request, response) => {
      const answer = await this.#answer(await text(request));
      response.writeHead(201, { location: `/whip/${this.connections.length}` }).end(answer);
    });
  }

  static async open(): Promise<Ear> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Ear(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/whip`;
  }

  async #answer(offer: string): Promise<string> {
    const connection = new PeerConnection("ear", {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    this.connections.push(connection);
    const audio = new Audio("0", "SendRecv");
    audio.addOpusCodec(111);
    audio.addSSRC(7, "ear", "ear", "sound");
    const track = connection.addTrack(audio);
    track.onMessage((datagram) => {
      if (!isRtcp(datagram)) {
        this.packets.push(parseRtp(datagram));
        // Sound comes back as long as sound goes there.
        if (track.isOpen()) track.sendMessageBinary(datagram);
      } else this.reports.push(...senderReportsIn(datagram));
    });
    const gathered = new Promise<void>((resolve) => {
      connection.onGatheringStateChange((state) => {
        if (state === "complete") resolve();
      });
    });
    connection.setRemoteDescription(offer, "offer");
    connection.setLocalDescription("answer");
    await gathered;
    return connection.localDescription()!.sdp;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
    this.#server.close();
  }
}

const ears: Ear[] = [];
let speaker: PairedSpeaker;

afterEach(() => {
  speaker.stop();
  for (const ear of ears.splice(0)) ear.close();
});

/** When the first packet was captured, by what the reports say, ms since 1970. */
function beganAtMs({ packets, reports }: Ear): number {
  const [{ timestamp }, { timestamp: at, atMs }] = [packets[0]!, reports[0]!];
  return atMs - ((at - timestamp) | 0) / 48;
}

it("says the same of the same moments to two stages, with nothing else in common", async () => {
  const [first, second] = [await Ear.open(), await Ear.open()];
  ears.push(first, second);
  const whipUrl = (stage: string) => (stage === "first" ? first.url : second.url);
  const packets = Array.from({ length: 256 }, (_, n) => Uint8Array.of(0xf8, 0xff, n));
  speaker = new PairedSpeaker({ token: "none", packets, whipUrl, reportEveryMs: 100 });
  speaker.setStages(["first", "second"]);
  await speaker.start();
  for (const ear of ears) await expect.poll(() => ear.reports.length, WITHIN).toBeGreaterThan(1);
  await expect.poll(() => speaker.received.get("second"), WITHIN).toBeGreaterThan(0);

  // One may have come to stand later: what it says begins later then, and is the same from there.
  const began = ears.map((ear) => beganAtMs(ear) - ear.packets[0]!.payload[2]! * 20);
  expect(began[0]).toBeCloseTo(began[1]!, 0);
  expect(first.packets[0]!.ssrc).not.toBe(second.packets[0]!.ssrc);
  expect(first.reports[0]!.ssrc).toBe(first.packets[0]!.ssrc);
});

it("comes back to a stage that fell silent, and leaves one that is none any more", async () => {
  const [first, second] = [await Ear.open(), await Ear.open()];
  ears.push(first, second);
  const whipUrl = (stage: string) => (stage === "first" ? first.url : second.url);
  speaker = new PairedSpeaker({ token: "none", packets: [SILENCE], whipUrl });
  speaker.setStages(["first"]);
  await speaker.start();
  first.connections[0]!.close();
  await expect.poll(() => first.connections.length, WITHIN).toBe(2);
  speaker.setStages(["second"]);
  await expect.poll(() => second.packets.length, WITHIN).toBeGreaterThan(0);
  const before = first.packets.length;
  await expect.poll(() => second.packets.length, WITHIN).toBeGreaterThan(20);
  expect(first.packets.length).toBe(before);
});
