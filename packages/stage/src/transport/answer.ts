import { StageError } from "../errors.ts";
import { type AudioOffer, opusFormat } from "./offer.ts";
import { attributes, joinSdp, parseSdp } from "./sdp.ts";

export interface AnswerOptions {
  /** What the native library answered to the canonical offer. */
  readonly nativeSdp: string;
  /** Of the stream that goes back to the speaker. */
  readonly ssrc: number;
  /** Addresses at which clients reach this stage, where it can't see them itself (behind NAT). */
  readonly announcedAddresses: readonly string[];
  readonly udpPort: number;
}

// Priorities as in RFC 8445, section 5.1.2.1: host type 126, component 1. Announced addresses are
// tried before what the machine calls itself.
const HOST_PRIORITY = (126 << 24) | 255;

/**
 * Writes the whole answer ourselves: the library's has lines that say more than we mean. Complete,
 * with every candidate, so that a client needs no second request.
 * @throws {StageError} `transport` where the library's answer lacks what an answer needs
 */
export function writeAnswer(offer: AudioOffer, options: AnswerOptions): string {
  const { session, sections } = parseSdp(options.nativeSdp);
  const all = [...(sections[0]?.lines ?? []), ...session];
  const read = (name: string): string => {
    const value = attributes(all, name)[0];
    if (value === undefined) throw new StageError("transport", `no ${name} in the native answer`);
    return value;
  };
  const microphone = [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${offer.payloadType}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${offer.mid}`,
    offer.wantsSound ? "a=sendrecv" : "a=recvonly",
    "a=rtcp-mux",
    `a=rtpmap:${offer.payloadType} opus/48000/2`,
    `a=fmtp:${offer.payloadType} ${opusFormat(offer)}`,
    ...(offer.wantsSound ? ["a=msid:rostra stage", `a=ssrc:${options.ssrc} cname:rostra`] : []),
    `a=setup:${read("setup")}`,
    `a=ice-ufrag:${read("ice-ufrag")}`,
    `a=ice-pwd:${read("ice-pwd")}`,
    `a=fingerprint:${read("fingerprint")}`,
    ...candidates(attributes(all, "candidate"), options).map((value) => `a=candidate:${value}`),
    "a=end-of-candidates",
  ];
  const media = offer.sections.flatMap((section) =>
    section.isMicrophone
      ? microphone
      : [
          `m=${section.kind} 0 ${section.protocol} ${section.format}`,
          "c=IN IP4 0.0.0.0",
          `a=mid:${section.mid}`,
          "a=inactive",
        ],
  );
  return joinSdp([
    "v=0",
    "o=rostra 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${offer.mid}`,
    "a=msid-semantic:WMS rostra",
    ...media,
  ]);
}

function candidates(own: readonly string[], options: AnswerOptions): string[] {
  const addresses = [...options.announcedAddresses];
  // A machine without a network can still be spoken to by its own browser.
  if (addresses.length === 0 && own.length === 0) addresses.push("127.0.0.1");
  const announced = addresses.map((address, index) => {
    const priority = HOST_PRIORITY + (65_535 - index) * 256;
    return `a${index + 1} 1 UDP ${priority} ${address} ${options.udpPort} typ host`;
  });
  return [...announced, ...own];
}
