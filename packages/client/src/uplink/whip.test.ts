import { VirtualClock } from "@rostra/testkit";
import { describe, expect, it } from "vitest";
import { stageUrls } from "./stage-urls.ts";
import { postOffer } from "./whip.ts";

const OFFER = { token: "t", sdp: "v=0", continues: null };

/** What is asked for, and the session's address where the stage answers with `location`. */
async function posted(url: string, location: string, continues: string | null = null) {
  let asked = "";
  const answered: typeof fetch = async (input) => {
    asked = String(input);
    return new Response("v=0", { status: 201, headers: { location } });
  };
  const platform = { clock: new VirtualClock(0), fetch: answered };
  const { sessionUrl } = await postOffer(platform, url, { ...OFFER, continues });
  return { asked, sessionUrl };
}

describe("an offer", () => {
  const one = stageUrls("https://a.example", "space", null);
  const second = stageUrls("https://a.example", "space", "stage 2");

  it("goes to the first stage where none is named, and says which session it continues", async () => {
    const { asked } = await posted(one.whipUrl, "/x/s1", "s0");
    expect(asked).toBe("https://a.example/api/v1/spaces/space/whip?continues=s0");
    expect(one.socketUrl).toBe("wss://a.example/api/v1/spaces/space/stage");
  });

  it("goes to the stage that is named, and so does the end of the session", async () => {
    const { asked, sessionUrl } = await posted(second.whipUrl, "/x/s1", "s0");
    const { searchParams } = new URL(asked);
    expect([searchParams.get("stage"), searchParams.get("continues")]).toEqual(["stage 2", "s0"]);
    expect(sessionUrl).toBe("https://a.example/x/s1?stage=stage+2");
    expect(new URL(second.socketUrl).searchParams.get("stage")).toBe("stage 2");
  });
});
