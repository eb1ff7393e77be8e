import type { RtpPacket } from "@rostra/wire";
import { TestWorldError } from "./rostra-process.ts";
import { RtpSpeaker } from "./rtp-speaker.ts";

/** Somebody on stage without a browser: sends Opus packets over WHIP and gets the mix of the others. */
export class WhipPeer {
  readonly #speaker: RtpSpeaker;
  readonly #location: string;
  readonly #token: string;

  private constructor(speaker: RtpSpeaker, location: string, token: string) {
    this.#speaker = speaker;
    this.#location = location;
    this.#token = token;
  }

  /** @param whipUrl of the space; @param token of somebody who is on its stage */
  static async connect(whipUrl: string, token: string): Promise<WhipPeer> {
    let location = "";
    const speaker = await RtpSpeaker.connect(async (offer) => {
      const response = await fetch(whipUrl, {
        method: "POST",
        headers: { "content-type": "application/sdp", authorization: `Bearer ${token}` },
        body: offer,
      });
      const answer = await response.text();
      if (response.status !== 201) {
        throw new TestWorldError(`WHIP answered ${response.status}: ${answer}`);
      }
      location = new URL(response.headers.get("location") ?? "", whipUrl).href;
      return answer;
    });
    return new WhipPeer(speaker, location, token);
  }

  /** @param timestamp in samples at 48 kHz */
  send(payload: Uint8Array, timestamp: number): void {
    this.#speaker.send(payload, timestamp);
  }

  /** A sender report: the sample `timestamp` is of `atMs`, ms since 1970 by the speaker's clock. */
  report(timestamp: number, atMs: number): void {
    this.#speaker.report(timestamp, atMs);
  }

  onPacket(listener: (packet: RtpPacket) => void): void {
    this.#speaker.onPacket(listener);
  }

  async leave(): Promise<void> {
    await fetch(this.#location, {
      method: "DELETE",
      headers: { authorization: `Bearer ${this.#token}` },
    });
    this.#speaker.close();
  }
}
