import type { ListenTier } from "@rostra/wire";
import { beforeEach, expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { Connector, type Destination } from "./connector.ts";
import type { Ground } from "./listener-options.ts";
import { Standby } from "./standby.ts";
import { Whereabouts } from "./whereabouts.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const LIVE_PATH = "/live/0123456789abcdef";
const home: Destination = {
  host: "a.test",
  port: 80,
  secure: false,
  authority: "a.test",
  livePath: LIVE_PATH,
};
const place = (host: string): ListenTier => ({
  tier: "live",
  protocol: "websocket",
  url: `http://${host}.test${LIVE_PATH}`,
  spare: 9,
});

/** As much of a connection as is looked at while it waits. */
interface Waiting {
  stands: boolean;
  readonly destination: Destination;
  readonly sinceMs: number;
}

let tiers: ListenTier[];
let whereabouts: Whereabouts;
let opened: Waiting[];
let standby: Standby;

function begin(standsBy = true): void {
  const connector = new Connector([home], false);
  whereabouts = new Whereabouts(connector, "ws", 0);
  const signpost = { tiers: () => tiers };
  const ground = {
    connector: { release: () => {} },
    signpost: {
      get tiers() {
        return signpost.tiers();
      },
    },
    standsBy,
  };
  standby = new Standby(ground as unknown as Ground, whereabouts, (destination, sinceMs) => {
    opened.push({ stands: false, destination, sinceMs });
    return opened.at(-1) as unknown as Connection;
  });
}

beforeEach(() => {
  tiers = [place("a"), place("b")];
  opened = [];
  begin();
});

/** Looked after as often as a listener is, from a time to a time. */
function tend(fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 25) standby.tend(nowMs);
}

const last = () => opened.at(-1)! as unknown as Connection;
const stand = () => {
  opened.at(-1)!.stands = true;
};

it("connects to another edge 2 to 12 s after the first sound, and not before any", () => {
  tend(0, 60 * SECOND);
  expect(opened).toEqual([]);
  standby.want(60 * SECOND);
  tend(60 * SECOND, 62 * SECOND - 25);
  expect(opened).toEqual([]);
  tend(62 * SECOND, 72 * SECOND);
  expect(opened.map(({ destination }) => destination.authority)).toEqual(["b.test"]);
  expect(standby.take(72 * SECOND)).toBeUndefined();
  stand();
  expect(standby.place).toBe(place("b").url);
  expect(standby.take(73 * SECOND)).toBe(last());
  expect(standby.stands).toBe(false);
});

it("has none where all edges share one address, or where it isn't meant to", () => {
  tiers = [place("a")];
  standby.want(0);
  tend(0, MINUTE);
  expect(opened).toEqual([]);
  tiers = [place("a"), place("b")];
  tend(MINUTE, 2 * MINUTE);
  expect(opened).toHaveLength(1);
  begin(false);
  standby.want(0);
  tend(0, MINUTE);
  expect(opened).toHaveLength(1);
});

it("is replaced within 12 s where it was used, ended, or is where its listener has gone", () => {
  standby.want(0);
  tend(0, 12 * SECOND);
  stand();
  standby.take(12 * SECOND);
  tend(12 * SECOND, 24 * SECOND);
  expect(opened).toHaveLength(2);
  stand();
  expect(standby.lost(last(), 24 * SECOND)).toBe(true);
  tend(24 * SECOND, 36 * SECOND);
  expect(opened).toHaveLength(3);
  stand();
  whereabouts.moved(opened[2]!.destination);
  standby.moved("b.test", 36 * SECOND);
  tend(36 * SECOND, 48 * SECOND);
  expect(opened.map(({ destination }) => destination.authority)).toEqual([
    ...["b.test", "b.test", "b.test", "a.test"],
  ]);
});

it("waits on where its edge has nothing either, and no other one is made", () => {
  standby.want(0);
  tend(0, 12 * SECOND);
  stand();
  const taken = standby.take(12 * SECOND)!;
  expect(standby.place).toBeUndefined();
  standby.takeBack(taken);
  expect(standby.place).toBe(place("b").url);
  tend(12 * SECOND, MINUTE);
  expect([opened.length, standby.take(MINUTE)]).toEqual([1, taken]);
});

it("rests for longer each time that it was refused or never stood", () => {
  standby.want(0);
  tend(0, 12 * SECOND);
  standby.lost(last(), 12 * SECOND);
  tend(12 * SECOND, 71 * SECOND);
  expect(opened).toHaveLength(1);
  tend(71 * SECOND, 102 * SECOND);
  expect(opened).toHaveLength(2);
  // It says nothing for ten seconds.
  const sinceMs = opened[1]!.sinceMs;
  tend(102 * SECOND, sinceMs + 10 * SECOND + 2 * MINUTE);
  expect(opened).toHaveLength(2);
  tend(sinceMs + 10 * SECOND + 2 * MINUTE, sinceMs + 10 * SECOND + 3 * MINUTE + 25);
  expect(opened).toHaveLength(3);
});

it("knows what is none of its own, and wants none once it's closed", () => {
  standby.want(0);
  tend(0, 12 * SECOND);
  const stranger = { stands: true } as unknown as Connection;
  expect(standby.lost(stranger, 12 * SECOND)).toBe(false);
  standby.close();
  tend(12 * SECOND, 5 * MINUTE);
  expect(opened).toHaveLength(1);
});

it("that came to nothing says for five seconds that nobody is there", () => {
  standby.want(0);
  standby.tend(12 * SECOND);
  const waiting = opened[0]!;
  waiting.stands = true;
  expect(standby.notes(13 * SECOND).isGone?.(place("b").url)).toBe(false);
  standby.lost(waiting as unknown as Connection, 14 * SECOND, "ended without a word");
  const isGone = (atMs: number) =>
    ["a", "b"].map((it) => standby.notes(atMs).isGone?.(place(it).url));
  expect(isGone(18_999)).toEqual([false, true]);
  expect(isGone(19_000)).toEqual([false, false]);
});
