import { describe, expect, it } from "vitest";
import { forMusic } from "./music-sdp.ts";

describe("an offer for music", () => {
  it("asks for stereo at 96 kbit/s, of Opus alone", () => {
    const sdp =
      "m=audio 9 x 111 63\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=fmtp:63 111/111\r\n";
    expect(forMusic(sdp)).toBe(
      sdp.replace("fec=1", "fec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=96000"),
    );
  });

  it("leaves alone what it doesn't know", () => {
    expect(forMusic("m=video 9 x 96\r\n")).toBe("m=video 9 x 96\r\n");
  });
});
