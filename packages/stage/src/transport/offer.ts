import { StageError } from "../errors.ts";
import { attributes, joinSdp, parseSdp, type SdpLine, type SdpSection } from "./sdp.ts";

/**
 * What an offer says that matters to us. Nothing else of the client's text goes any further: the
 * native library is shown {@link canonicalOffer}, which is built from these checked values alone
 * (an exception inside its setLocalDescription would end the process).
 */
export interface AudioOffer {
  readonly mid: string;
  /** Payload type of Opus. */
  readonly payloadType: number;
  /** Stereo at a high rate: the space is for music, and the client offers it. */
  readonly music: boolean;
  /** Whether the client also wants to hear the stage: `sendrecv`. */
  readonly wantsSound: boolean;
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: string;
  readonly setup: "actpass" | "active" | "passive";
  /** All m-lines in order; the answer must have as many (RFC 3264). */
  readonly sections: readonly OfferedSection[];
}

export interface OfferedSection {
  /** True for the one that carries the microphone; the others are answered with port 0. */
  readonly isMicrophone: boolean;
  readonly kind: string;
  readonly protocol: string;
  /** First format of the m-line: an m-line can't be without. */
  readonly format: string;
  readonly mid: string;
}

const MEDIA_PATTERN =
  /^(audio|video|text|application|message|image) (\d{1,5}) ([A-Z/]{3,30}) (.+)$/;
const FORMAT_PATTERN = /^[A-Za-z0-9-]{1,64}$/;
const MID_PATTERN = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}$/;
// RFC 8839, section 5.4. Upper bounds are the RFC's.
const UFRAG_PATTERN = /^[A-Za-z0-9+/]{4,256}$/;
const PWD_PATTERN = /^[A-Za-z0-9+/]{22,256}$/;
const FINGERPRINT_PATTERN = /^sha-256 ([0-9A-F]{2}(?::[0-9A-F]{2}){31})$/i;
const OPUS_PATTERN = /^(\d{1,3}) opus\/48000\/2$/i;
const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"] as const;

/**
 * @param music whether the space is for music
 * @throws {StageError} `bad-sdp`, with one line that says what is missing
 */
export function parseOffer(text: string, music = false): AudioOffer {
  const { session, sections } = parseSdp(text);
  const audio = sections.filter(({ media }) => media.startsWith("audio "));
  const microphone = audio[0];
  if (microphone === undefined || audio.length > 1) {
    throw new StageError("bad-sdp", `an offer has one audio m-line, this has ${audio.length}`);
  }
  const offered = sections.map((section) => parseSection(section, section === microphone));
  if (new Set(offered.map(({ mid }) => mid)).size < offered.length) {
    throw new StageError("bad-sdp", "each m-line needs an a=mid of its own");
  }
  const direction = directionOf(microphone.lines) ?? directionOf(session) ?? "sendrecv";
  if (!direction.startsWith("send")) {
    throw new StageError("bad-sdp", `the audio must be sendrecv or sendonly, not ${direction}`);
  }
  if (attributes(microphone.lines, "rtcp-mux").length === 0) {
    throw new StageError("bad-sdp", "the offer lacks a=rtcp-mux");
  }
  // ICE and DTLS attributes may stand once for the session or in each section.
  const read = (name: string) => [
    ...attributes(microphone.lines, name),
    ...attributes(session, name),
  ];
  const payloadType = opusPayloadType(microphone);
  return {
    mid: offered.find(({ isMicrophone }) => isMicrophone)!.mid,
    payloadType,
    music: music && offersStereo(microphone, payloadType),
    wantsSound: direction === "sendrecv",
    iceUfrag: firstMatch(read("ice-ufrag"), UFRAG_PATTERN, "a=ice-ufrag"),
    icePwd: firstMatch(read("ice-pwd"), PWD_PATTERN, "a=ice-pwd"),
    fingerprint: firstMatch(read("fingerprint"), FINGERPRINT_PATTERN, "a=fingerprint:sha-256"),
    setup: firstMatch(read("setup"), /^(actpass|active|passive)$/, "a=setup") as "actpass",
    sections: offered,
  };
}

function parseSection(section: SdpSection, isMicrophone: boolean): OfferedSection {
  const match = MEDIA_PATTERN.exec(section.media);
  if (match === null) throw new StageError("bad-sdp", "an m-line can't be read");
  const [, kind, , protocol, formats] = match;
  const format = formats!.split(" ")[0]!;
  const mid = attributes(section.lines, "mid")[0] ?? "";
  if (!FORMAT_PATTERN.test(format)) throw new StageError("bad-sdp", "an m-line has a bad format");
  if (!MID_PATTERN.test(mid)) throw new StageError("bad-sdp", "each m-line needs a=mid");
  if (isMicrophone && protocol !== "UDP/TLS/RTP/SAVPF") {
    throw new StageError("bad-sdp", "the audio must be UDP/TLS/RTP/SAVPF");
  }
  return { isMicrophone, kind: kind!, protocol: protocol!, format, mid };
}

function opusPayloadType({ media, lines }: SdpSection): number {
  const formats = media.split(" ").slice(3);
  for (const value of attributes(lines, "rtpmap")) {
    const payloadType = Number(OPUS_PATTERN.exec(value)?.[1] ?? Number.NaN);
    // 64 to 95 would look like RTCP on a shared port (RFC 5761, section 4).
    const isUsable = payloadType <= 127 && (payloadType < 64 || payloadType > 95);
    if (isUsable && formats.includes(String(payloadType))) return payloadType;
  }
  throw new StageError("bad-sdp", "the audio m-line doesn't offer opus/48000/2");
}

/** A browser that says so has left its echo cancellation: others must not be talked into it. */
function offersStereo({ lines }: SdpSection, payloadType: number): boolean {
  const format = attributes(lines, "fmtp").find((value) => value.startsWith(`${payloadType} `));
  return /(?:^|[ ;])stereo=1(?:;|$)/.test(format ?? "");
}

function directionOf(lines: readonly SdpLine[]): string | undefined {
  return DIRECTIONS.find((direction) => attributes(lines, direction).length > 0);
}

function firstMatch(values: readonly string[], pattern: RegExp, name: string): string {
  const value = values.find((candidate) => pattern.test(candidate));
  if (value === undefined) throw new StageError("bad-sdp", `the offer lacks a usable ${name}`);
  return value;
}

/**
 * The offer as the native library gets to see it. The client's candidates are left out on
 * purpose: its own connectivity checks reach our one public port and make themselves known
 * (peer-reflexive, RFC 8445), so nobody can make the stage send packets, or ask the DNS, anywhere.
 */
export function canonicalOffer(offer: AudioOffer): string {
  return joinSdp([
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${offer.mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${offer.payloadType}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${offer.mid}`,
    offer.wantsSound ? "a=sendrecv" : "a=sendonly",
    "a=rtcp-mux",
    `a=ice-ufrag:${offer.iceUfrag}`,
    `a=ice-pwd:${offer.icePwd}`,
    `a=fingerprint:${offer.fingerprint}`,
    `a=setup:${offer.setup}`,
    `a=rtpmap:${offer.payloadType} opus/48000/2`,
    `a=fmtp:${offer.payloadType} ${opusFormat(offer)}`,
  ]);
}

/**
 * What we take and send: with in-band FEC, in packets of 10 ms or more; of a voice that is silent
 * next to nothing (DTX: decision 14). Mono, since stereo in the description would switch Chromium's echo cancellation off;
 * for music both channels at 96 kbit/s (RFC 7587, section 6.1).
 */
export function opusFormat({ music }: Pick<AudioOffer, "music">): string {
  const both = "minptime=10;useinbandfec=1";
  return music ? `${both};stereo=1;sprop-stereo=1;maxaveragebitrate=96000` : `${both};usedtx=1`;
}
