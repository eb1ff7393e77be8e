import { VirtualClock } from "@rostra/testkit";
import { problem, type RostraError, type StagePath } from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { NetworkError, ProblemError, UplinkError } from "../errors.ts";
import type { OpenPeer, PeerSample, StagePeer } from "./peer.ts";
import { StageConnection } from "./stage-connection.ts";
import type { UplinkConnection } from "./state.ts";

const TRACK = { kind: "audio" } as MediaStreamTrack;

class FakePeer implements StagePeer {
  readonly session: string;
  readonly path: StagePath;
  readonly stream = {} as MediaStream;
  readonly changed: () => void;
  state: RTCPeerConnectionState = "connected";
  /** While it flows, every look finds more packets. */
  flows = true;
  closed = false;
  saidGoodbye = false;
  #packets = 0;

  constructor(changed: () => void, session: string, path: StagePath) {
    this.changed = changed;
    this.session = session;
    this.path = path;
  }

  async sample(): Promise<PeerSample> {
    if (this.flows) this.#packets += 10;
    return {
      state: this.state,
      packetsReceived: this.#packets,
      rttMs: 12,
      packetLoss: 0,
    };
  }

  soundMark(): number {
    return this.#packets;
  }

  async replaceTrack(): Promise<void> {}

  close(): void {
    this.closed = true;
  }

  async leave(): Promise<void> {
    this.closed = true;
    this.saidGoodbye = true;
  }
}

let clock: VirtualClock;
let peers: FakePeer[];
/** When each attempt was made. */
let attemptsMs: number[];
/** Which session each attempt said that it continues. */
let continued: (string | null)[];
let path: StagePath;
/** How WebRTC answers a probe. */
let probe: () => Promise<StagePeer>;
let failWith: RostraError | null;
let states: UplinkConnection[];
let lastError: RostraError | null;
let online: () => void;
let connection: StageConnection;

const openPeer: OpenPeer = async ({ changed, continues }) => {
  attemptsMs.push(clock.nowMs());
  continued.push(continues());
  if (failWith !== null) throw failWith;
  const peer = new FakePeer(changed, `session ${peers.length}`, path);
  peers.push(peer);
  return peer;
};

function refused(code: "forbidden" | "ended" | "unavailable" | "replaced"): ProblemError {
  return new ProblemError(problem(code, "why"));
}

function run(ms: number): Promise<void> {
  return clock.advanceSettling(ms, 50);
}

async function connected(): Promise<void> {
  connection.start();
  await run(1_000);
  connection.onRoom({ stageUp: true, connected: true });
}

beforeEach(() => {
  clock = new VirtualClock(0);
  peers = [];
  attemptsMs = [];
  continued = [];
  path = "webrtc";
  probe = () => Promise.reject(new UplinkError("no-path", "blocked"));
  failWith = null;
  states = [];
  lastError = null;
  connection = new StageConnection(
    {
      clock,
      random: () => 0.5,
      openPeer,
      probePeer: () => probe(),
      openOutput: () => {
        throw new TypeError("a connection plays nothing");
      },
      openLink: () => ({ send: () => {}, sendPacket: () => false, close: () => {} }),
      onNetwork: (callback) => {
        online = callback;
        return () => {};
      },
    },
    {
      urls: () => ({
        whipUrl: "https://example.org/whip",
        socketUrl: "wss://example.org/stage",
      }),
      music: () => false,
      token: async () => "t",
      track: () => TRACK,
      stateChanged: (state, error) => {
        if (state !== states.at(-1)) states.push(state);
        lastError = error;
      },
      peerChanged: () => {},
      sampled: () => {},
    },
  );
});

describe("StageConnection", () => {
  it("stays connected while sound flows", async () => {
    await connected();
    await run(60_000);
    expect(states).toEqual(["connecting", "connected"]);
    expect(peers).toHaveLength(1);
  });

  it("has another connection within a second when sound stops, and keeps the older until then", async () => {
    await connected();
    peers[0]!.flows = false;
    failWith = new NetworkError("unreachable", "away");
    await run(900);
    expect(attemptsMs.length).toBeGreaterThan(1);
    expect(peers[0]!.closed).toBe(false);
    failWith = null;
    await run(700);
    expect(peers).toHaveLength(2);
    expect(states.at(-1)).toBe("connected");
    expect(continued.at(-1)).toBe("session 0");
    await run(1_000);
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it("says that it is reconnecting only when sound has really stopped", async () => {
    await connected();
    failWith = new NetworkError("unreachable", "away");
    peers[0]!.flows = false;
    await run(800);
    expect(states).toEqual(["connecting", "connected"]);
    await run(700);
    expect(states.at(-1)).toBe("reconnecting");
    peers[0]!.flows = true;
    await run(500);
    expect(states.at(-1)).toBe("connected");
    const before = attemptsMs.length;
    await run(10_000);
    expect(attemptsMs.length).toBeLessThanOrEqual(before + 1);
  });

  it("is back at once when ICE has failed", async () => {
    await connected();
    peers[0]!.state = "failed";
    peers[0]!.changed();
    await run(50);
    expect(peers).toHaveLength(2);
  });

  it("begins another at once where a path is disconnected, and changes over without a word", async () => {
    await connected();
    peers[0]!.state = "disconnected";
    peers[0]!.changed();
    await run(50);
    expect(peers).toHaveLength(2);
    expect(peers[0]!.closed).toBe(false);
    await run(1_000);
    expect(peers[0]).toMatchObject({ closed: true, saidGoodbye: false });
    expect(new Set(states)).toEqual(new Set(["connecting", "connected"]));
  });

  it("tries at 0.2, 0.5, 1 and then every 2 seconds while the stage is away", async () => {
    failWith = new NetworkError("unreachable", "away");
    connection.start();
    // The first failure comes in before the clock moves on.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await run(8_000);
    const gaps = attemptsMs.slice(1).map((atMs, index) => atMs - attemptsMs[index]!);
    expect(gaps).toEqual([200, 500, 1_000, 2_000, 2_000, 2_000]);
    expect(states).toEqual(["connecting"]);
  });

  it("doesn't wait for its turn when the room says that the stage is back", async () => {
    await connected();
    failWith = refused("unavailable");
    peers[0]!.flows = false;
    connection.onRoom({ stageUp: false, connected: false });
    await run(4_000);
    const before = attemptsMs.length;
    failWith = null;
    connection.onRoom({ stageUp: true, connected: false });
    await run(50);
    expect(attemptsMs).toHaveLength(before + 1);
    expect(states.at(-1)).toBe("connected");
  });

  it("doesn't take the last packets of a killed stage for a connection that works", async () => {
    await connected();
    peers[0]!.flows = false;
    connection.onRoom({ stageUp: false, connected: false });
    await run(100);
    connection.onRoom({ stageUp: true, connected: false });
    await run(500);
    expect(peers).toHaveLength(2);
    expect(states.at(-1)).toBe("connected");
  });

  it("keeps a connection that works, whatever the room believes of the stage", async () => {
    await connected();
    connection.onRoom({ stageUp: false, connected: false });
    await run(300);
    connection.onRoom({ stageUp: true, connected: true });
    await run(3_000);
    expect(peers).toHaveLength(1);
  });

  it("connects anew when the stage doesn't have it any more", async () => {
    await connected();
    connection.onRoom({ stageUp: true, connected: false });
    await run(800);
    expect(peers).toHaveLength(2);
  });

  it("isn't alarmed by a stage that doesn't list it yet, or loses sight of it for a moment", async () => {
    connection.start();
    await run(200);
    connection.onRoom({ stageUp: true, connected: false });
    await run(2_000);
    expect(peers).toHaveLength(1);
    connection.onRoom({ stageUp: true, connected: true });
    connection.onRoom({ stageUp: true, connected: false });
    await run(300);
    connection.onRoom({ stageUp: true, connected: true });
    await run(2_000);
    expect(peers).toHaveLength(1);
  });

  it("gives way to the same person on another page", async () => {
    await connected();
    failWith = refused("replaced");
    peers[0]!.state = "closed";
    peers[0]!.changed();
    await run(5_000);
    expect(continued).toEqual([null, "session 0"]);
    expect(states.at(-1)).toBe("closed");
    expect(lastError?.code).toBe("replaced");
    expect(clock.pending).toBe(0);
  });

  it("comes back to a stage that has started anew and knows nobody", async () => {
    await connected();
    peers[0]!.state = "closed";
    peers[0]!.changed();
    await run(50);
    expect(states.at(-1)).toBe("connected");
    expect(peers).toHaveLength(2);
  });

  it("goes back to WebRTC when that works again, without a gap", async () => {
    path = "websocket";
    await connected();
    await run(61_000);
    expect(peers[0]!.closed).toBe(false);
    const rtc = new FakePeer(() => {}, "rtc", "webrtc");
    probe = async () => rtc;
    await run(58_300);
    expect(peers[0]!.closed).toBe(false);
    await run(1_000);
    expect([peers[0]!.closed, rtc.closed]).toEqual([true, false]);
    expect(states).toEqual(["connecting", "connected"]);
    await run(120_000);
    expect(attemptsMs).toHaveLength(1);
  });

  it("gives up where asking again won't help", async () => {
    failWith = refused("ended");
    connection.start();
    await run(5_000);
    expect(states.at(-1)).toBe("failed");
    expect(lastError?.code).toBe("refused");
    expect(attemptsMs).toHaveLength(1);
  });

  it("believes a stage that says it doesn't know us only when it keeps saying so", async () => {
    failWith = refused("forbidden");
    connection.start();
    await run(1_000);
    expect(states.at(-1)).toBe("connecting");
    failWith = null;
    await run(2_000);
    expect(states.at(-1)).toBe("connected");
    failWith = refused("forbidden");
    peers[0]!.state = "failed";
    peers[0]!.changed();
    await run(10_000);
    expect(states.at(-1)).toBe("failed");
  });

  it("connects anew when the network comes back, or is another one", async () => {
    await connected();
    online();
    await run(50);
    expect(peers).toHaveLength(2);
    expect(peers[0]!.closed).toBe(false);
    await run(1_000);
    expect(peers[0]!.closed).toBe(true);
  });

  it("says goodbye when the person leaves, not when it moves to a new network", async () => {
    await connected();
    online();
    await run(1_000);
    expect(peers[0]).toMatchObject({ closed: true, saidGoodbye: false });
    connection.stop(null);
    expect(peers[1]).toMatchObject({ closed: true, saidGoodbye: true });
  });

  it("closes what it has, and an attempt under way too", async () => {
    connection.start();
    connection.stop(null);
    await run(5_000);
    expect(peers.every(({ closed }) => closed)).toBe(true);
    expect(states).toEqual(["connecting", "closed"]);
    expect(clock.pending).toBe(0);
  });
});
