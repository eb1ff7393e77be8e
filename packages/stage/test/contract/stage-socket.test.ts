import { connect, type Socket } from "node:net";
import { loadOpus, rmsDbfs } from "@rostra/sound";
import { StageSocketClient, type StageSocketClientOptions, testMember } from "@rostra/testkit";
import {
  FRAME_MS,
  FRAME_SAMPLES,
  LIMITS,
  newUserId,
  type ProgramFrame,
  parseRtp,
  STAGE_SUBPROTOCOL,
  type UserId,
} from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FloodAnswers, flood } from "../support/flood.ts";
import { testOffer } from "../support/offers.ts";
import { seededRandom } from "../support/random.ts";
import { ADA, BEN, PATIENCE, ServerWorld, tokenOf } from "../support/server-world.ts";
import { syntheticVoice } from "../support/synthetic-voice.ts";
import { encodeUplink } from "../support/uplink.ts";

// A real stage; whoever speaks does so over real WebSockets.

let world: ServerWorld;
let clients: StageSocketClient[];
let talking: NodeJS.Timeout[];

beforeEach(async () => {
  world = await ServerWorld.open();
  world.update({ members: [testMember(ADA, { role: "host" }), testMember(BEN)] });
  clients = [];
  talking = [];
});

afterEach(async () => {
  for (const timer of talking) clearInterval(timer);
  for (const client of clients) client.close();
  await world.stage.close();
});

async function join(
  userId: UserId,
  options: StageSocketClientOptions = {},
): Promise<StageSocketClient> {
  const client = open({ token: await tokenOf(userId), ...options });
  await expect.poll(() => client.session, PATIENCE).toBeDefined();
  return client;
}

function open(options: StageSocketClientOptions): StageSocketClient {
  const client = new StageSocketClient(world.stage.url, world.snapshot.id, options);
  clients.push(client);
  return client;
}

/** Says `pcm` over and over, in real time, to each of `to`; more may join them. */
async function say(pcm: Float32Array, ...to: StageSocketClient[]): Promise<StageSocketClient[]> {
  const packets = (await encodeUplink(pcm)).map(({ datagram }) => parseRtp(datagram).payload);
  const startMs = performance.now();
  let sent = 0;
  talking.push(
    setInterval(() => {
      for (; sent * FRAME_MS <= performance.now() - startMs; sent += 1) {
        for (const one of to) one.send(packets[sent % packets.length]!, sent * FRAME_SAMPLES);
      }
    }, FRAME_MS / 2),
  );
  return to;
}

/** Even noise: steady as a tone is, and no howl to any guard. */
function hum(seed: number): Float32Array {
  const random = seededRandom(seed);
  let low = 0;
  return Float32Array.from({ length: 48_000 }, () => {
    low += 0.2 * (random() - 0.5 - low);
    return low * 1.5;
  });
}

async function levelsOf(packets: readonly Uint8Array[]): Promise<number[]> {
  const decoder = await (await loadOpus()).createDecoder();
  const levels = packets.map((packet) => rmsDbfs(decoder.decode(packet)));
  decoder.close();
  return levels;
}

/** Means of five frames each, dB. */
function overFive(levels: readonly number[]): number[] {
  return levels
    .slice(4)
    .map((_, at) => levels.slice(at, at + 5).reduce((sum, level) => sum + level, 0) / 5);
}

function isConsecutive(frames: readonly ProgramFrame[]): boolean {
  return frames.every(({ number }, index) => number === frames[0]!.number + index);
}

async function refused(client: StageSocketClient): Promise<string | undefined> {
  await expect.poll(() => client.closeCode, PATIENCE).toBeDefined();
  return client.refusal?.type.replace("urn:rostra:problem:", "");
}

describe("a stage socket", () => {
  test("takes sender reports like any RTCP: a second stage is told which instant is heard", async () => {
    world.update({ secondStageName: "stage-2" });
    const voice = await join(BEN, { audio: true });
    await say(syntheticVoice({ seconds: 4, seed: 5, peak: 0.4 }), voice);
    const voices = () => world.timing?.voices.map(({ id }) => id);
    await expect.poll(voices, PATIENCE).toEqual([]);
    await expect.poll(() => world.activity?.speaking, PATIENCE).toEqual([BEN]);
    voice.report(FRAME_SAMPLES, 1_000_000);
    await expect.poll(voices, PATIENCE).toEqual([BEN]);
  });

  test("tells hosts the levels and everybody's quality, and others their own", async () => {
    const host = await join(ADA);
    const speaker = await join(BEN);
    const voice = await join(BEN, { audio: true });
    expect([host.session, speaker.session]).toEqual([null, null]);
    expect(voice.session).toMatch(/^[\w-]{22}$/);
    await say(syntheticVoice({ seconds: 4, seed: 5, peak: 0.4 }), voice);
    speaker.say({ type: "ping", number: 7, rttMs: 31 });
    await expect
      .poll(() => speaker.newsOf("pong"), PATIENCE)
      .toEqual([{ type: "pong", number: 7 }]);
    await expect
      .poll(() => host.newsOf("levels").flatMap(({ levels }) => levels), PATIENCE)
      .toContainEqual({ id: BEN, dbfs: expect.any(Number), speaking: true });
    await expect
      .poll(() => host.newsOf("quality").at(-1)?.people, PATIENCE)
      .toContainEqual(expect.objectContaining({ id: BEN, path: "websocket", loss: 0, rttMs: 31 }));
    await expect.poll(() => speaker.newsOf("quality").length, PATIENCE).toBeGreaterThan(1);
    expect(speaker.newsOf("levels")).toEqual([]);
    for (const { people } of speaker.newsOf("quality")) {
      expect(people.every(({ id }) => id === BEN)).toBe(true);
    }
  });

  test("tells a silence once", async () => {
    const host = await join(ADA);
    const voice = await join(BEN, { audio: true });
    await say(syntheticVoice({ seconds: 4, seed: 5, peak: 0.4 }), voice);
    await expect.poll(() => host.newsOf("levels").length, PATIENCE).toBeGreaterThan(3);
    voice.close();
    await expect.poll(() => host.newsOf("levels").at(-1)?.levels, PATIENCE).toEqual([]);
    const told = host.newsOf("levels").length;
    await world.nextFrames(60);
    expect(host.newsOf("levels")).toHaveLength(told);
  });

  test("closes when its member is taken off the stage", async () => {
    const listening = await join(BEN);
    const speaking = await join(BEN, { audio: true });
    world.update({ members: [testMember(ADA, { role: "host" })] });
    expect(await refused(listening)).toBe("not-on-stage");
    expect(await refused(speaking)).toBe("not-on-stage");
    expect(listening.closeCode).toBe(1008);
  });

  test("closes with 4000 when the space ends", async () => {
    const both = [await join(BEN), await join(BEN, { audio: true })];
    world.update({ state: "ended" });
    for (const client of both) {
      expect(await refused(client)).toBe("ended");
      expect(client.closeCode).toBe(4_000);
    }
  });
});

describe("sound over a stage socket", () => {
  test("is on air, and everybody hears the others and not themself", async () => {
    const [ada, ben] = [await join(ADA, { audio: true }), await join(BEN, { audio: true })];
    await say(hum(5), ada);
    await expect.poll(() => world.activity?.connected, PATIENCE).toEqual([ADA]);
    await expect.poll(() => world.frames.at(-1)?.holding, PATIENCE).toBe(false);
    ada.packets.length = 0;
    ben.packets.length = 0;
    const frames = await world.nextFrames(100);
    expect(frames.some(({ holding }) => holding)).toBe(false);
    await expect.poll(() => ben.packets.length, PATIENCE).toBeGreaterThan(90);
    const hears = async (one: StageSocketClient) =>
      (await levelsOf(one.packets.map(({ payload }) => payload))).slice(20);
    // A busy machine conceals a frame here and there.
    const benHears = await hears(ben);
    expect(benHears.filter((level) => level > -25).length).toBeGreaterThan(benHears.length * 0.8);
    expect(Math.max(...(await hears(ada)))).toBeLessThan(-60);
  });

  test("is silent from the moment that its member is muted", async () => {
    const ada = await join(ADA, { audio: true });
    await say(hum(5), ada);
    await expect.poll(() => world.frames.at(-1)?.holding, PATIENCE).toBe(false);
    world.mute(ADA);
    await world.nextFrames(100);
    expect((await world.nextFrames(20)).every(({ holding }) => holding)).toBe(true);
    expect(world.activity?.connected).toEqual([ADA]);
  });

  test("changes over to a newer connection without a gap and without doubling", async () => {
    const older = await join(ADA, { audio: true });
    const session = older.session!;
    const connections = await say(hum(5), older);
    await expect.poll(() => world.frames.at(-1)?.holding, PATIENCE).toBe(false);
    await world.nextFrames(60);
    const newer = await join(ADA, { audio: true, continues: session });
    await world.nextFrames(10);
    const from = world.frames.length;
    // One microphone, both connections: what a page sends while it changes over.
    connections.push(newer);
    await expect.poll(() => older.closeCode, PATIENCE).toBe(1_000);
    await world.nextFrames(60);
    const frames = world.frames.slice(from);
    expect(isConsecutive(frames)).toBe(true);
    expect(frames.some(({ holding }) => holding)).toBe(false);
    const levels = (await levelsOf(frames.map(({ packet }) => packet))).slice(3);
    const usual = overFive(levels.slice(-5))[0]!;
    // Noise that is doubled is 3 dB louder; a gap of one frame is silence.
    expect(Math.max(...overFive(levels))).toBeLessThan(usual + 2);
    expect(Math.min(...levels)).toBeGreaterThan(usual - 12);
    expect(newer.session).not.toBe(session);
  });

  test("of a page that another one replaced doesn't come back", async () => {
    const phone = await join(ADA, { audio: true });
    const laptop = await join(ADA, { audio: true });
    await say(hum(5), laptop);
    expect(await refused(phone)).toBe("replaced");
    const again = open({ token: await tokenOf(ADA), audio: true, continues: phone.session! });
    expect(await refused(again)).toBe("replaced");
    const headers = {
      "content-type": "application/sdp",
      authorization: `Bearer ${await tokenOf(ADA)}`,
    };
    const url = `${world.whipUrl}?continues=${phone.session}`;
    const post = await fetch(url, { method: "POST", headers, body: testOffer() });
    expect([post.status, ((await post.json()) as { type: string }).type]).toEqual([
      409,
      "urn:rostra:problem:replaced",
    ]);
    expect(laptop.isOpen).toBe(true);
  });

  test("that is no RTP, or not ours, is let go, and disturbs nobody", async () => {
    const [ada, ben] = [await join(ADA, { audio: true }), await join(BEN, { audio: true })];
    await say(hum(5), ada);
    await expect.poll(() => world.frames.at(-1)?.holding, PATIENCE).toBe(false);
    const from = world.frames.length;
    const random = seededRandom(4);
    for (let i = 0; i < 300; i += 1) {
      ben.sendRaw(Uint8Array.from({ length: Math.floor(random() * 400) }, () => random() * 256));
    }
    await world.nextFrames(60);
    expect(ben.isOpen).toBe(true);
    const frames = world.frames.slice(from);
    expect(isConsecutive(frames)).toBe(true);
    const levels = await levelsOf(frames.map(({ packet }) => packet));
    expect(Math.min(...levels.slice(3))).toBeGreaterThan(-25);
  });
});

describe("a stage socket that isn't as it should be", () => {
  test.each([
    ["a forged token", "a.b.c", "unauthorized"],
    ["no token", "", "unauthorized"],
    ["a token of somebody who isn't on stage", () => tokenOf(newUserId()), "not-on-stage"],
  ] as const)("with %s is refused in one line", async (_what, token, code) => {
    const client = open({ token: typeof token === "string" ? token : await token() });
    expect(await refused(client)).toBe(code);
    expect(client.refusal?.detail).toMatch(/^[^\n]+$/);
    expect(client.closeCode).toBeGreaterThan(1_000);
  });

  test("that says something else first is closed", async () => {
    const client = open({});
    await expect.poll(() => client.isOpen, PATIENCE).toBe(true);
    client.say({ type: "ping", number: 1, rttMs: null });
    expect(await refused(client)).toBe("bad-request");
  });

  test("that never says hello is closed after five seconds", async () => {
    expect(await refused(open({}))).toBe("unauthorized");
  });

  test("is closed with the code that says what was wrong", async () => {
    const cases: [(client: StageSocketClient) => void, number][] = [
      [(client) => client.sendRaw("no JSON"), 1_002],
      [(client) => client.sendRaw("x".repeat(LIMITS.stageMessageBytes + 1)), 1_009],
      [(client) => client.sendRaw(new Uint8Array(20)), 1_003],
      [(client) => client.say({ type: "hello", token: "x", audio: false }), 1_002],
      [
        (client) => {
          for (let i = 0; i < 100; i += 1) client.say({ type: "ping", number: i, rttMs: null });
        },
        1_008,
      ],
    ];
    for (const [abuse, code] of cases) {
      const client = await join(BEN);
      abuse(client);
      await expect.poll(() => client.closeCode, PATIENCE).toBe(code);
    }
  });

  test("is one of two of its kind at most: a newer one takes the place of the oldest", async () => {
    const sockets = [await join(BEN), await join(BEN), await join(BEN)];
    await expect
      .poll(() => sockets.map(({ isOpen }) => isOpen), PATIENCE)
      .toEqual([false, true, true]);
  });

  test("whose other end never reads is given up, and costs nobody else a frame", async () => {
    const ada = await join(ADA, { audio: true });
    await say(hum(5), ada);
    const silent = await neverReading();
    await expect.poll(() => silent.destroyed, { timeout: 30_000, interval: 100 }).toBe(true);
    expect(isConsecutive(world.frames.slice(-400))).toBe(true);
  });
});

/** Ben, with sound, over a socket that he stops reading once he is in. */
async function neverReading(): Promise<Socket> {
  const { hostname, port } = new URL(world.stage.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  const hello = JSON.stringify({ type: "hello", token: await tokenOf(BEN), audio: true });
  const text = Buffer.from(hello);
  const head = Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 0xff, 0, 0, 0, 0]);
  socket.write(
    [
      `GET /api/v1/spaces/${world.snapshot.id}/stage HTTP/1.1`,
      "Host: stage",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      `Sec-WebSocket-Protocol: ${STAGE_SUBPROTOCOL}`,
      "",
      "",
    ].join("\r\n"),
  );
  socket.write(Buffer.concat([head, text]));
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
  });
  await expect.poll(() => heard, PATIENCE).toContain('"ready"');
  // Read by the kernel alone from now on; no ping is ever answered.
  return socket;
}

describe("a flood of signalling", () => {
  test("is refused, and the stage's tick isn't late because of it", async () => {
    const ada = await join(ADA, { audio: true });
    await say(hum(5), ada);
    await expect.poll(() => world.frames.at(-1)?.holding, PATIENCE).toBe(false);
    const lateDuring = async (what: () => Promise<unknown>) => {
      const before = (await world.metric("late_ticks_total")) ?? 0;
      await what();
      return ((await world.metric("late_ticks_total")) ?? 0) - before;
    };
    // A busy machine is late by itself, now more, now less: before and after the flood.
    const before = await lateDuring(() => world.nextFrames(250));
    const from = world.frames.length;
    let answers: FloodAnswers = { statuses: [], closes: [] };
    const flooded = await lateDuring(async () => {
      answers = await flood({
        whipUrl: world.whipUrl,
        offer: testOffer(),
        tokens: [await tokenOf(BEN), "a.b.c"],
        posts: 1_000,
        hellos: 1_000,
      });
    });
    const flooding = world.frames.length - from;
    const after = await lateDuring(() => world.nextFrames(250));
    const quiet = (before + after) / 500;
    const { statuses, closes } = answers;
    expect(statuses.filter((status) => status === 201).length).toBeLessThan(60);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(400);
    expect(statuses.filter((status) => status === 401)).toHaveLength(500);
    expect(closes).toHaveLength(1_000);
    const frames = world.frames.slice(from);
    process.stdout.write(
      `late ticks: ${before + after} of 500 in quiet, ${flooded} of ${flooding} in 2,000 attempts\n`,
    );
    // The flood's requests take turns: at most a fifth of the thread's time.
    expect(flooded / flooding).toBeLessThanOrEqual(2 * quiet + 0.04);
    expect(await world.metric("skipped_frames_total")).toBe(0);
    expect(isConsecutive(frames)).toBe(true);
    expect(frames.some(({ holding }) => holding)).toBe(false);
  });
});
