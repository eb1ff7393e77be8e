import { describe, expect, it } from "vitest";
import { audienceFigures } from "./figures.ts";

describe("the figures of an audience", () => {
  it("say what is known, and how well", () => {
    const counts = {
      now: 1_200,
      peak: 1_300,
      heard: 1_150,
      heardError: 61,
      heardOf: 1_180,
      hls: 40,
    };
    expect(audienceFigures(counts, "en")).toEqual([
      "Peak 1,300",
      "Heard by about 1,150 (± 61) of 1,180 page listeners",
      "About 40 by HLS",
    ]);
  });

  it("are plain where all were asked", () => {
    const counts = { now: 3, peak: 3, heard: 3, heardError: 0, heardOf: 3, hls: 0 };
    expect(audienceFigures(counts, "en")).toEqual(["Peak 3", "Heard by 3 of 3 page listeners"]);
  });

  it("leave out what nobody was asked yet", () => {
    expect(audienceFigures({ now: 1, peak: 2, heard: null, heardError: null, heardOf: 1 })).toEqual(
      ["Peak 2"],
    );
  });
});
