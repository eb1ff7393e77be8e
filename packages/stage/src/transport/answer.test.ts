import { describe, expect, test } from "vitest";
import { NATIVE_ANSWER, testOffer } from "../../test/support/offers.ts";
import { writeAnswer } from "./answer.ts";
import { parseOffer } from "./offer.ts";
import { attributes, parseSdp } from "./sdp.ts";

const OPTIONS = { nativeSdp: NATIVE_ANSWER, ssrc: 77, announcedAddresses: [], udpPort: 40123 };

describe("an SDP answer", () => {
  test("is mono, so that echo cancellation stays on, with in-band FEC, and asks for DTX", () => {
    const answer = writeAnswer(parseOffer(testOffer()), OPTIONS);
    expect(answer).toContain("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n");
    expect(answer).not.toContain("stereo");
  });

  test("is stereo at 96 kbit/s where the space is for music and the client offers it", () => {
    const stereo = { replace: { "a=fmtp:111": "a=fmtp:111 useinbandfec=1;stereo=1" } };
    const answer = writeAnswer(parseOffer(testOffer(stereo), true), OPTIONS);
    expect(answer).toContain(
      "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=96000\r\n",
    );
    for (const [offer, music] of [
      [testOffer(stereo), false],
      [testOffer(), true],
    ] as const) {
      expect(writeAnswer(parseOffer(offer, music), OPTIONS)).not.toContain("stereo");
    }
  });

  test("carries every candidate and says that these are all", () => {
    const answer = writeAnswer(parseOffer(testOffer()), OPTIONS);
    const { sections } = parseSdp(answer);
    expect(attributes(sections[0]!.lines, "candidate")).toEqual([
      "1 1 UDP 2114977791 192.0.2.2 40123 typ host",
    ]);
    expect(attributes(sections[0]!.lines, "end-of-candidates")).toEqual([""]);
  });

  test("names announced addresses before the machine's own", () => {
    const answer = writeAnswer(parseOffer(testOffer()), {
      ...OPTIONS,
      announcedAddresses: ["203.0.113.5", "2001:db8::5"],
    });
    const values = attributes(parseSdp(answer).sections[0]!.lines, "candidate");
    const addresses = values.map((value) => value.split(" ")[4]);
    expect(addresses).toEqual(["203.0.113.5", "2001:db8::5", "192.0.2.2"]);
    const priorities = values.map((value) => Number(value.split(" ")[3]));
    expect(priorities.toSorted((a, b) => b - a)).toEqual(priorities);
  });

  test("offers the loopback where the machine has no other address", () => {
    const nativeSdp = NATIVE_ANSWER.replace(/a=candidate.*\r\n/, "");
    const answer = writeAnswer(parseOffer(testOffer()), { ...OPTIONS, nativeSdp });
    expect(answer).toContain(" 127.0.0.1 40123 typ host");
  });

  test("refuses a camera and keeps the m-lines in order", () => {
    const offer = [
      "v=0",
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "a=mid:cam",
      ...testOffer()
        .split("\r\n")
        .slice(1, -1)
        .filter((line) => !line.startsWith("v=")),
    ].join("\r\n");
    const { session, sections } = parseSdp(writeAnswer(parseOffer(offer), OPTIONS));
    expect(sections.map(({ media }) => media)).toEqual([
      "video 0 UDP/TLS/RTP/SAVPF 96",
      "audio 9 UDP/TLS/RTP/SAVPF 111",
    ]);
    expect(attributes(session, "group")).toEqual(["BUNDLE 0"]);
  });

  test("to one who only sends promises no sound", () => {
    const offer = parseOffer(testOffer({ replace: { "a=sendrecv": "a=sendonly" } }));
    const answer = writeAnswer(offer, OPTIONS);
    expect(answer).toContain("a=recvonly\r\n");
    expect(answer).not.toContain("a=ssrc");
  });

  test("isn't made from a native answer that lacks a fingerprint", () => {
    const nativeSdp = NATIVE_ANSWER.replace(/a=fingerprint.*\r\n/, "");
    expect(() => writeAnswer(parseOffer(testOffer()), { ...OPTIONS, nativeSdp })).toThrow(
      expect.objectContaining({ code: "transport" }),
    );
  });
});
