import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { HotMic, type HotMicNews } from "./hot-mic.ts";

/** What happens, and when, in seconds. A voice, an open or closed microphone last until changed. */
type Happening = readonly [
  atS: number,
  what: "join" | "act" | "open" | "close" | "voice" | "silence" | "hide" | "show" | "device",
];

const TICK_MS = 20;

/** Plays what happens on a virtual clock; gives the news with its time in seconds. */
function play(story: readonly Happening[], untilS: number): [number, HotMicNews][] {
  const mic = new HotMic();
  const situation = { isOpen: false, isSounding: false };
  const page = { hidden: false, deviceChanges: 3 };
  const news: [number, HotMicNews][] = [];
  const tell = (nowMs: number, what: HotMicNews | undefined) => {
    if (what !== undefined) news.push([nowMs / 1000, what]);
  };
  mic.aware({ type: "awareness", ...page }, -60_000);
  for (let nowMs = 0; nowMs <= untilS * 1000; nowMs += TICK_MS) {
    for (const [atS, what] of story) {
      if (atS * 1000 !== nowMs) continue;
      if (what === "join") {
        mic.joined(nowMs);
        mic.aware({ type: "awareness", ...page }, nowMs);
      } else if (what === "act") tell(nowMs, mic.acted());
      else if (what === "open" || what === "close") situation.isOpen = what === "open";
      else if (what === "voice" || what === "silence") situation.isSounding = what === "voice";
      else {
        if (what === "device") page.deviceChanges += 1;
        else page.hidden = what === "hide";
        tell(nowMs, mic.aware({ type: "awareness", ...page }, nowMs));
      }
    }
    tell(nowMs, mic.advance(situation, nowMs));
  }
  return news;
}

const STORIES: readonly [
  name: string,
  story: readonly Happening[],
  news: readonly [number, HotMicNews][],
][] = [
  [
    "a voice within ten seconds of a join warns after a second, and is over when its owner acts",
    [
      [0, "join"],
      [0, "open"],
      [4, "voice"],
      [7, "act"],
    ],
    [
      [5, "begins"],
      [7, "over"],
    ],
  ],
  [
    "whoever unmuted themself after the join knows",
    [
      [0, "join"],
      [2, "act"],
      [2, "open"],
      [4, "voice"],
    ],
    [],
  ],
  [
    "a voice ten seconds after a join is meant",
    [
      [0, "join"],
      [0, "open"],
      [10, "voice"],
    ],
    [],
  ],
  [
    "a cough isn't a voice",
    [
      [0, "join"],
      [0, "open"],
      [4, "voice"],
      [4.8, "silence"],
    ],
    [],
  ],
  [
    "coming back counts as a join",
    [
      [0, "open"],
      [60, "join"],
      [62, "voice"],
      [64, "close"],
    ],
    [
      [63, "begins"],
      [64, "over"],
    ],
  ],
  [
    "what isn't on air isn't hot",
    [
      [0, "join"],
      [1, "voice"],
    ],
    [],
  ],
  [
    "a voice that sounded before the microphone opened counts from the opening",
    [
      [0, "join"],
      [0, "voice"],
      [3, "open"],
      [6, "close"],
    ],
    [
      [4, "begins"],
      [6, "over"],
    ],
  ],
  [
    "a voice from a page hidden for twenty seconds warns until the page is seen",
    [
      [0, "open"],
      [10, "hide"],
      [30, "voice"],
      [100, "show"],
    ],
    [
      [31, "begins"],
      [100, "over"],
    ],
  ],
  [
    "a voice that began before the page was long hidden goes on unwarned",
    [
      [0, "open"],
      [10, "hide"],
      [29.9, "voice"],
    ],
    [],
  ],
  [
    "one hidden spell warns once, the next one again",
    [
      [0, "open"],
      [10, "hide"],
      [40, "voice"],
      [42, "silence"],
      [43, "act"],
      [70, "voice"],
      [72, "silence"],
      [80, "show"],
      [81, "hide"],
      [102, "voice"],
      [104, "show"],
    ],
    [
      [41, "begins"],
      [43, "over"],
      [103, "begins"],
      [104, "over"],
    ],
  ],
  [
    "another microphone within ten seconds of the voice warns",
    [
      [0, "open"],
      [20, "device"],
      [25, "voice"],
      [27, "act"],
    ],
    [
      [26, "begins"],
      [27, "over"],
    ],
  ],
  [
    "another microphone long ago doesn't",
    [
      [0, "open"],
      [20, "device"],
      [30, "voice"],
    ],
    [],
  ],
  [
    "a warning on a page that can be seen goes by itself after half a minute",
    [
      [0, "join"],
      [0, "open"],
      [1, "voice"],
    ],
    [
      [2, "begins"],
      [32, "over"],
    ],
  ],
];

describe("a hot microphone", () => {
  it.each(STORIES)("%s", (_name, story, news) => {
    expect(play(story, 120)).toEqual(news);
  });
});

test("news alternates, and begins only while the microphone is open and sounding", () => {
  const moment = fc.constantFrom(
    "join",
    "act",
    "open",
    "close",
    "voice",
    "silence",
    "hide",
    "show",
    "device",
  );
  const happening = fc.tuple(fc.integer({ min: 0, max: 60 }), moment) as fc.Arbitrary<Happening>;
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), (story) => {
      const kinds = play(story, 70).map(([, what]) => what);
      expect(kinds).toEqual(kinds.map((_, index) => (index % 2 === 0 ? "begins" : "over")));
      const opens = story.some(([, what]) => what === "open");
      const sounds = story.some(([, what]) => what === "voice");
      if (!opens || !sounds) expect(kinds).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
