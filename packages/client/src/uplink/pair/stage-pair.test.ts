import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, newUserId, problem, type StageNews, type StagePath } from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { NetworkError, ProblemError } from "../../errors.ts";
import type { PeerSample, StagePeer } from "../peer.ts";
import type { StageLinkEvents } from "../stage-link.ts";
import type { PairState } from "./plan.ts";
import { StagePair } from "./stage-pair.ts";

const TRACK = { kind: "audio" } as MediaStreamTrack;
const ADA = newUserId();

/** One stage as a page sees it from outside. */
class FakeStage {
  readonly name: string;
  readonly peers: FakePeer[] = [];
  readonly links: StageLinkEvents[] = [];
  refusal: Error | null = null;
  /** Ms that a connection takes. */
  slow = 0;

  constructor(name: string) {
    this.name = name;
  }

  get isConnected(): boolean {
    return this.peers.some(({ closed }) => !closed);
  }

  /** As kill -9 does: nothing comes any more, and nobody answers. */
  die(): void {
    this.refusal = new NetworkError("unreachable", "gone");
    for (const peer of this.peers) peer.flows = false;
    for (const link of this.links.splice(0)) link.closed(null);
  }

  say(news: StageNews): void {
    for (const link of this.links) link.news(news);
  }
}

class FakePeer implements StagePeer {
  readonly path = path;
  readonly session = "s";
  readonly stream: MediaStream;
  flows = true;
  closed = false;
  tracks = 0;
  #frozenAtMs = 0;

  constructor(stage: string) {
    this.stream = { id: stage } as MediaStream;
  }

  soundMark(): number {
    if (this.flows) this.#frozenAtMs = clock.nowMs();
    return this.#frozenAtMs;
  }

  async sample(): Promise<PeerSample> {
    const packetsReceived = Math.floor(this.soundMark() / 20);
    return { state: "connected", packetsReceived, rttMs: 5, packetLoss: 0 };
  }

  async replaceTrack(): Promise<void> {
    this.tracks += 1;
  }

  close(): void {
    this.closed = true;
  }

  async leave(): Promise<void> {
    this.closed = true;
  }
}

class FakeOutput {
  muted = false;
  playing: string | null = null;
  closed = false;

  async show({ id }: MediaStream): Promise<void> {
    this.playing = id;
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
  }

  async play(): Promise<void> {}
  setSpeaker(): void {}

  close(): void {
    this.closed = true;
  }
}

let clock: VirtualClock;
/** How microphones reach the stages. */
let path: StagePath;
let stages: Map<string, FakeStage>;
let outputs: FakeOutput[];
let states: PairState[];
/** Stages asked for, in order; `first` where none was named. */
let asked: string[];
/** Where the server takes those who name none. */
let first: string;
let pair: StagePair;

function stageAt(url: string): FakeStage {
  return stages.get(new URL(url).searchParams.get("stage") ?? first)!;
}

/** Which stages are let out of a loudspeaker. */
function audible(): (string | null)[] {
  return outputs.filter(({ closed, muted }) => !closed && !muted).map(({ playing }) => playing);
}

function run(ms: number): Promise<void> {
  return clock.advanceSettling(ms, 20);
}

function shown(): PairState {
  return states.at(-1)!;
}

beforeEach(() => {
  clock = new VirtualClock(0);
  stages = new Map(["a", "b", "c"].map((name) => [name, new FakeStage(name)]));
  outputs = [];
  states = [];
  asked = [];
  first = "a";
  path = "webrtc";
  const openPeer = async ({ whipUrl }: { whipUrl: string }) => {
    const stage = stageAt(whipUrl);
    asked.push(new URL(whipUrl).searchParams.get("stage") ?? "first");
    if (stage.slow > 0) await new Promise<void>((resolve) => clock.after(stage.slow, resolve));
    if (stage.refusal !== null) throw stage.refusal;
    const peer = new FakePeer(stage.name);
    stage.peers.push(peer);
    return peer;
  };
  pair = new StagePair(
    {
      clock,
      random: () => 0.5,
      openPeer,
      probePeer: openPeer,
      openOutput: () => {
        const output = new FakeOutput();
        outputs.push(output);
        return output;
      },
      openLink: (url, _hello, events) => {
        const stage = stageAt(url);
        if (stage.refusal === null) stage.links.push(events);
        else queueMicrotask(() => events.closed(null));
        return { send: () => {}, sendPacket: () => true, close: () => {} };
      },
      onNetwork: () => () => {},
    },
    {
      origin: "https://example.org",
      spaceId: newSpaceId(),
      token: async () => "t",
      track: () => TRACK,
      music: () => false,
      changed: (state) => states.push(state),
      sampled: () => {},
      blocked: () => {},
    },
  );
});

/** On a pair of stages, the first of which is heard. */
async function onPair(): Promise<void> {
  pair.setStages(["a", "b"]);
  pair.start();
  await run(1_000);
}

describe("StagePair", () => {
  it("speaks to a single stage without naming it, as before there were pairs", async () => {
    pair.start();
    pair.setStages(["a"]);
    await run(5_000);
    expect(asked).toEqual(["first"]);
    expect(shown()).toEqual({ connection: "connected", error: null, redundant: false });
    expect(audible()).toEqual(["a"]);
  });

  it("speaks to both stages of a pair, and plays the first alone", async () => {
    await onPair();
    expect(asked).toEqual(["a", "b"]);
    expect(shown().redundant).toBe(true);
    expect(audible()).toEqual(["a"]);
    await pair.replaceTrack(TRACK);
    expect([...stages.values()].map(({ peers }) => peers[0]?.tracks)).toEqual([2, 2, undefined]);
  });

  it("crosses over to the second within 200 ms, and shows no error, when the first dies", async () => {
    await onPair();
    const before = states.length;
    stages.get("a")!.die();
    await run(200);
    expect(audible()).toEqual(["b"]);
    await run(10_000);
    expect(audible()).toEqual(["b"]);
    const since = states.slice(before);
    expect(since.every(({ connection, error }) => connection === "connected" && !error)).toBe(true);
    expect(shown().redundant).toBe(false);
  });

  it.each([
    ["websocket", ["a", "b", "a", "b"]],
    ["webrtc", ["a", "b"]],
  ] as const)("makes its connections anew when its edge goes, over %s", async (by, expected) => {
    path = by;
    await onPair();
    pair.onEdgeGoing(10_000);
    await run(4_900);
    expect(asked).toEqual(["a", "b"]);
    await run(2_000);
    expect(asked).toEqual(expected);
    expect(states.every(({ connection }) => connection !== "reconnecting")).toBe(true);
  });

  it("never lets two stages be heard at once, there or back", async () => {
    await onPair();
    const a = stages.get("a")!;
    a.die();
    const heard: (string | null)[][] = [];
    for (let ms = 0; ms < 12_000; ms += 20) {
      if (ms === 3_000) a.refusal = null;
      await run(20);
      heard.push(audible());
    }
    expect(heard.every(({ length }) => length === 1)).toBe(true);
    expect(heard.at(-1)).toEqual(["a"]);
  });

  it("keeps the connection when the second becomes the first, and takes up the new second", async () => {
    await onPair();
    stages.get("a")!.die();
    await run(500);
    pair.setStages(["b", "c"]);
    await run(1_000);
    expect(asked.filter((stage) => stage === "b")).toHaveLength(1);
    expect(asked.at(-1)).toBe("c");
    expect(stages.get("a")!.isConnected).toBe(false);
    expect(audible()).toEqual(["b"]);
    expect(shown().redundant).toBe(true);
  });

  it("leaves a stage that is to be none only when another is heard without a hole", async () => {
    pair.setStages(["a"]);
    pair.start();
    await run(500);
    stages.get("b")!.slow = 2_000;
    first = "b";
    pair.setStages(["b"]);
    await run(1_000);
    expect(stages.get("a")!.isConnected).toBe(true);
    expect(audible()).toEqual(["a"]);
    await run(2_000);
    expect(audible()).toEqual(["a"]);
    await run(4_000);
    expect(stages.get("a")!.isConnected).toBe(false);
    expect(audible()).toEqual(["b"]);
    expect(states.every(({ connection }) => connection !== "reconnecting")).toBe(true);
  });

  it("asks a second stage that refuses again and again, without a word", async () => {
    stages.get("b")!.refusal = new ProblemError(problem("not-found", "not yet"));
    await onPair();
    await run(30_000);
    expect(shown()).toEqual({ connection: "connected", error: null, redundant: false });
    stages.get("b")!.refusal = null;
    await run(20_000);
    expect(shown().redundant).toBe(true);
    expect(states.every(({ error }) => error === null)).toBe(true);
  });

  it("comes in by the second where the first is away", async () => {
    stages.get("a")!.die();
    await onPair();
    await run(2_000);
    expect(shown().connection).toBe("connected");
    expect(audible()).toEqual(["b"]);
  });

  it("is reconnecting only while no stage is reached", async () => {
    await onPair();
    stages.get("a")!.die();
    await run(3_000);
    stages.get("b")!.die();
    await run(3_000);
    expect(shown().connection).toBe("reconnecting");
    stages.get("b")!.refusal = null;
    await run(3_000);
    expect(shown()).toMatchObject({ connection: "connected", error: null });
  });

  it("fails when every stage refuses for good, and lets go of all", async () => {
    for (const stage of stages.values()) stage.refusal = new ProblemError(problem("ended", "over"));
    await onPair();
    expect(shown()).toMatchObject({ connection: "failed", error: { code: "refused" } });
    expect(outputs.every(({ closed }) => closed)).toBe(true);
  });

  it("ends as a whole where another page of the same person has taken over", async () => {
    await onPair();
    stages.get("b")!.peers[0]!.flows = false;
    stages.get("b")!.refusal = new ProblemError(problem("replaced", "elsewhere"));
    await run(3_000);
    expect(shown()).toMatchObject({ connection: "closed", error: { code: "replaced" } });
    expect(stages.get("a")!.isConnected).toBe(false);
  });

  it("shows the first stage's news, and the second's when the first is gone", async () => {
    await onPair();
    for (const [name, dbfs] of [["a", -20] as const, ["b", -30] as const]) {
      stages.get(name)!.say({ type: "ready", session: null });
      stages.get(name)!.say({ type: "levels", levels: [{ id: ADA, dbfs, speaking: true }] });
    }
    expect(pair.news.value.levels.get(ADA)?.dbfs).toBe(-20);
    expect(pair.news.value.path).toBe("webrtc");
    stages.get("a")!.die();
    await run(100);
    expect(pair.news.value.levels.get(ADA)?.dbfs).toBe(-30);
  });

  it("leaves both when the person leaves", async () => {
    await onPair();
    pair.stop(null);
    await run(1_000);
    expect([...stages.values()].some(({ isConnected }) => isConnected)).toBe(false);
    expect(shown()).toEqual({ connection: "closed", error: null, redundant: false });
    pair.setStages(["a", "b"]);
    await run(5_000);
    expect(asked).toEqual(["a", "b"]);
  });
});
