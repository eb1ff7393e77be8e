import { NetworkError, ProblemError, type Space } from "@rostra/client";
import { DEFAULT_SETTINGS, newSpaceId, newUserId, problem, type SpaceState } from "@rostra/wire";
import { expect, test } from "vitest";
import { askRefusal, refusalFrom, refusalOf } from "./refusal.ts";

function space(state: SpaceState): Space {
  const host = { id: newUserId(), displayName: "Ada" };
  return {
    id: newSpaceId(),
    url: "",
    title: "Town hall",
    topics: [],
    state,
    record: false,
    epoch: "",
    startsAt: null,
    liveAt: null,
    endedAt: null,
    airsAt: null,
    endsAt: null,
    settings: DEFAULT_SETTINGS,
    invited: [],
    inCharge: host.id,
    hands: { open: true, count: 0 },
    host,
    stage: [],
    listeners: { now: 0, peak: 0 },
    links: { page: "", ogg: "", aac: "", hls: "", websocket: "", whip: "" },
  };
}

test("a space that control knows tells by its state why it is closed", () => {
  expect(refusalOf(space("ended"))).toEqual({ why: "ended", title: "Town hall" });
  expect(refusalOf(space("scheduled")).why).toBe("scheduled");
  expect(refusalOf(space("backstage")).why).toBe("open");
  expect(refusalOf(space("live")).why).toBe("open");
});

test("404 is missing, 410 is ended, whatever else is unknown and says what to do", () => {
  expect(refusalFrom(new ProblemError(problem("not-found", "no")))).toEqual({ why: "missing" });
  expect(refusalFrom(new ProblemError(problem("ended", "over"))).why).toBe("ended");
  const away = refusalFrom(new NetworkError("unreachable", "fetch failed"));
  expect(away).toMatchObject({ why: "unknown", words: expect.stringMatching(/connection/) });
});

test("asking never throws, even when control is away", async () => {
  const api = { space: () => Promise.reject(new NetworkError("timeout", "too long")) };
  expect((await askRefusal(api, newSpaceId())).why).toBe("unknown");
});
