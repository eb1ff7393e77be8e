import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testOffer } from "../../test/support/offers.ts";
import { StageError } from "../errors.ts";
import { canonicalOffer, parseOffer } from "./offer.ts";

const BAD_SDP = expect.objectContaining({ code: "bad-sdp" });

describe("an SDP offer", () => {
  test("gives what the stage needs of it", () => {
    expect(parseOffer(testOffer())).toMatchObject({
      mid: "0",
      payloadType: 111,
      wantsSound: true,
      iceUfrag: "Wq3S",
      setup: "actpass",
      sections: [{ isMicrophone: true, kind: "audio" }],
    });
  });

  test("that only sends is taken, and hears nothing", () => {
    const offer = parseOffer(testOffer({ replace: { "a=sendrecv": "a=sendonly" } }));
    expect(offer.wantsSound).toBe(false);
  });

  test("may carry its ICE and DTLS lines once for the whole session", () => {
    const lines = testOffer().split("\r\n");
    const isTransport = (line: string) => /^a=(ice-ufrag|ice-pwd|fingerprint|setup):/.test(line);
    const moved = [
      ...lines.slice(0, 5),
      ...lines.filter(isTransport),
      ...lines.slice(5).filter((line) => !isTransport(line)),
    ].join("\r\n");
    expect(parseOffer(moved)).toEqual(parseOffer(testOffer()));
  });

  test("with a camera is taken without it", () => {
    const camera = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=sendonly"];
    expect(parseOffer(testOffer({ add: camera })).sections).toMatchObject([
      { isMicrophone: true, mid: "0" },
      { isMicrophone: false, mid: "1", kind: "video", format: "96" },
    ]);
  });

  test.each([
    ["nothing", ""],
    ["garbage", "hello"],
    ["JSON", '{"type":"offer"}'],
    ["another version", testOffer({ replace: { "v=0": "v=1" } })],
    ["no audio", testOffer({ replace: { "m=audio": "m=video 9 UDP/TLS/RTP/SAVPF 111" } })],
    ["two microphones", testOffer({ add: ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:1"] })],
    ["no Opus", testOffer({ without: ["a=rtpmap:111"] })],
    [
      "Opus that the m-line doesn't list",
      testOffer({ replace: { "m=audio": "m=audio 9 UDP/TLS/RTP/SAVPF 0" } }),
    ],
    [
      "Opus on RTCP's ground",
      testOffer({
        replace: {
          "m=audio": "m=audio 9 UDP/TLS/RTP/SAVPF 72",
          "a=rtpmap:111": "a=rtpmap:72 opus/48000/2",
        },
      }),
    ],
    ["no ICE name", testOffer({ without: ["a=ice-ufrag"] })],
    ["no ICE password", testOffer({ without: ["a=ice-pwd"] })],
    ["a short ICE password", testOffer({ replace: { "a=ice-pwd": "a=ice-pwd:short" } })],
    ["no fingerprint", testOffer({ without: ["a=fingerprint"] })],
    [
      "a weak fingerprint",
      testOffer({ replace: { "a=fingerprint": "a=fingerprint:sha-1 AB:CD" } }),
    ],
    ["no DTLS role", testOffer({ without: ["a=setup"] })],
    ["no rtcp-mux", testOffer({ without: ["a=rtcp-mux"] })],
    ["no mid", testOffer({ without: ["a=mid"] })],
    ["the same mid twice", testOffer({ add: ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0"] })],
    ["only listening", testOffer({ replace: { "a=sendrecv": "a=recvonly" } })],
    ["plain RTP", testOffer({ replace: { "m=audio": "m=audio 9 RTP/AVP 111" } })],
    ["a line of control characters", testOffer({ add: ["a=\u0000\u0007"] })],
    ["a line without a type", testOffer({ add: ["no line"] })],
    ["thousands of lines", testOffer({ add: Array.from({ length: 2_000 }, () => "a=x") })],
    [
      "dozens of m-lines",
      testOffer({ add: Array.from({ length: 20 }, (_, i) => `m=video 9 A/B ${i}`) }),
    ],
    ["more than an offer's size", testOffer({ add: ["a=x".repeat(40_000)] })],
  ])("with %s is refused in one line", (_name, text) => {
    expect(() => parseOffer(text)).toThrow(BAD_SDP);
    try {
      parseOffer(text);
    } catch (error) {
      expect((error as Error).message).toMatch(/^[^\n]{1,150}$/);
    }
  });

  test("of any kind is either read or refused, never anything else", () => {
    const lines = testOffer().split("\r\n");
    const mutated = fc
      .array(
        fc.oneof(
          fc.constantFrom(...lines),
          fc.string({ unit: "binary", maxLength: 60 }),
          fc.string().map((text) => `a=${text}`),
          fc.string().map((text) => `m=audio ${text}`),
        ),
        { maxLength: 40 },
      )
      .map((rows) => rows.join("\r\n"));
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 500 }), mutated), (text) => {
        try {
          parseOffer(text);
        } catch (error) {
          expect(error).toBeInstanceOf(StageError);
        }
      }),
    );
  });

  test("is shown to the native library in our words alone, whatever stood around them", () => {
    const lines = testOffer().split("\r\n").slice(0, -1);
    const noise = fc.array(
      fc.tuple(
        fc.nat({ max: lines.length - 8 }),
        fc.stringMatching(/^a=x-[ -~]{0,40}$/).filter((line) => line.length > 4),
      ),
      { maxLength: 10 },
    );
    const expected = canonicalOffer(parseOffer(testOffer()));
    fc.assert(
      fc.property(noise, (extra) => {
        const noisy = [...lines];
        for (const [at, line] of extra) noisy.splice(at + 7, 0, line);
        expect(canonicalOffer(parseOffer(noisy.join("\r\n")))).toBe(expected);
      }),
    );
    expect(expected).not.toContain("candidate");
    expect(expected).not.toContain("msid");
  });
});
