/** Offers as tests need them. */

const FINGERPRINT = Array.from({ length: 32 }, () => "AB").join(":");

export interface TestOfferOptions {
  /** Lines that are left out, by their beginning. */
  readonly without?: readonly string[];
  /** Replaces the line that begins with a key. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Lines added at the end: further m-lines, for example. */
  readonly add?: readonly string[];
}

/** An offer such as a browser makes, shortened to what matters. */
export function testOffer(options: TestOfferOptions = {}): string {
  const lines = [
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "a=extmap-allow-mixed",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0",
    "c=IN IP4 0.0.0.0",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=ice-ufrag:Wq3S",
    "a=ice-pwd:pz1rZJbJ8gqGvPcsbkNbhnTY",
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    "a=setup:actpass",
    "a=mid:0",
    "a=sendrecv",
    "a=msid:stream track",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:63 red/48000/2",
    "a=candidate:1 1 udp 2113937151 4d1e.local 54321 typ host",
  ]
    .filter((line) => !options.without?.some((start) => line.startsWith(start)))
    .map((line) => {
      const replaced = Object.entries(options.replace ?? {}).find(([key]) => line.startsWith(key));
      return replaced?.[1] ?? line;
    });
  return `${[...lines, ...(options.add ?? [])].join("\r\n")}\r\n`;
}

/** What libdatachannel answers to such an offer. */
export const NATIVE_ANSWER = [
  "v=0",
  "o=rtc 863624749 0 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0",
  "a=ice-options:ice2,trickle",
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  "m=audio 40123 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 192.0.2.2",
  "a=mid:0",
  "a=sendrecv",
  "a=ssrc:1234 cname:rostra",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=setup:active",
  "a=ice-ufrag:B0XX",
  "a=ice-pwd:8eP2ZsE3VGztxbJAtSvGlS",
  "a=candidate:1 1 UDP 2114977791 192.0.2.2 40123 typ host",
  "a=end-of-candidates",
  "",
].join("\r\n");
