import {
  newUserId,
  OPCODE,
  REACTIONS,
  STATE_KEYS,
  TOKEN_ALGORITHM,
  TOKEN_ISSUER,
} from "@rostra/wire";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { LiveClient } from "../support/live-client.ts";

const [HEART, CLAP] = REACTIONS;
const KEYS = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
let world: EdgeWorld;
const clients: LiveClient[] = [];

/** Edges that share a relay and have been on air for two seconds. */
async function edges(count: number): Promise<void> {
  world = await EdgeWorld.onAir();
  world.backstage.put(STATE_KEYS.verificationKey, await exportJWK(KEYS.publicKey));
  for (let at = 1; at < count; at += 1) await world.openEdge();
  await world.pass(500);
}

async function listen(edge = 0, query = ""): Promise<LiveClient> {
  const client = new LiveClient(world.edges[edge]!.port, world.path + query);
  clients.push(client);
  await client.untilEvent("welcome");
  return client;
}

function say(client: LiveClient, message: object): void {
  client.say(OPCODE.text, new TextEncoder().encode(JSON.stringify(message)));
}

/** All reactions that a listener was told of. */
function reactionsOf(client: LiveClient): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { counts } of client.of("reactions")) {
    for (const [emoji, n] of Object.entries(counts)) sum[emoji] = (sum[emoji] ?? 0) + n;
  }
  return sum;
}

async function passUntil(done: () => boolean): Promise<void> {
  await world.passUntil(done);
  expect(done()).toBe(true);
}

async function tokenOf(id: string, name: string, key = KEYS.privateKey): Promise<string> {
  return new SignJWT({ use: "access", name })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM })
    .setSubject(id)
    .setIssuer(TOKEN_ISSUER)
    .setExpirationTime("1h")
    .sign(key);
}

async function people(edge = 0, query = "") {
  const answer = await fetch(world.url(`/people${query}`, world.edges[edge]!.port));
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

describe("reactions", () => {
  it("are summed over three edges, and each listener is told each of them once", async () => {
    await edges(3);
    const all = [await listen(0), await listen(1), await listen(2)];
    const stage = await listen(1, "?sound=none");
    for (const client of all) say(client, { type: "reaction", emoji: HEART });
    say(stage, { type: "reaction", emoji: CLAP });
    const told = { [HEART]: 3, [CLAP]: 1 };
    const has = (client: LiveClient) => JSON.stringify(reactionsOf(client)[HEART]) === "3";
    await passUntil(() =>
      [...all, stage].every((each) => has(each) && reactionsOf(each)[CLAP] === 1),
    );
    await world.pass(2_000);
    for (const client of [...all, stage]) expect(reactionsOf(client)).toEqual(told);
  });

  it("of one listener count at their pace, and four updates a second are the most", async () => {
    await edges(2);
    const [eager, other] = [await listen(0), await listen(1)];
    for (let round = 0; round < 20; round += 1) {
      for (let at = 0; at < 4; at += 1) say(eager, { type: "reaction", emoji: HEART });
      await world.pass(100);
    }
    await world.pass(1_000);
    // Five at once, and two a second for two seconds.
    const counted = reactionsOf(other)[HEART]!;
    expect(counted).toBeGreaterThanOrEqual(5);
    expect(counted).toBeLessThanOrEqual(9);
    expect(other.of("reactions").length).toBeLessThanOrEqual(12);
    expect(eager.closeCode).toBeUndefined();
  });

  it("from before aren't shown to an edge that comes later", async () => {
    await edges(1);
    const early = await listen();
    say(early, { type: "reaction", emoji: HEART });
    await passUntil(() => reactionsOf(early)[HEART] === 1);
    await world.openEdge();
    const late = await listen(1);
    say(early, { type: "reaction", emoji: CLAP });
    await passUntil(() => reactionsOf(late)[CLAP] === 1);
    expect(reactionsOf(late)).toEqual({ [CLAP]: 1 });
  });
});

describe("the heard count", () => {
  it("is of all edges' players, and says so when one has gone silent", async () => {
    await edges(2);
    const players = [await listen(0), await listen(1), await listen(1)];
    const answers = players.map(() => 0);
    const answerAll = (silent?: number) => {
      for (const [at, player] of players.entries()) {
        const asked = player.of("ask-heard").length;
        if (at !== silent && answers[at]! < asked) say(player, { type: "heard" });
        // A second answer in the same window counts no more than the first.
        if (at !== silent && answers[at]! < asked) say(player, { type: "heard" });
        answers[at] = asked;
      }
    };
    const last = () => players[0]!.of("listeners").at(-1)?.listeners;
    for (let second = 0; second < 25; second += 1) {
      await world.pass(1_000);
      answerAll();
    }
    expect(players[0]!.of("ask-heard").every(({ share }) => share === 1)).toBe(true);
    expect(last()).toMatchObject({ now: 3, heard: 3, heardError: 0, heardOf: 3 });
    for (let second = 0; second < 25; second += 1) {
      await world.pass(1_000);
      answerAll(2);
    }
    expect(last()).toMatchObject({ heard: 2, heardOf: 3 });
  });
});

describe("counts", () => {
  it("keep the peak that control knows, on an edge that has never seen it", async () => {
    await edges(1);
    world.backstage.put(STATE_KEYS.peak(world.space.id), 900);
    const client = await listen();
    await passUntil(() => client.of("listeners").at(-1)?.listeners.peak === 900);
  });

  it("tell of who fetches HLS, once for two edges", async () => {
    await edges(2);
    const client = await listen();
    for (const { port } of world.edges) {
      const headers = { "user-agent": "a player" };
      await fetch(world.url("/index.m3u8", port), { headers }).then((answer) => answer.text());
    }
    await passUntil(() => client.of("listeners").at(-1)?.listeners.hls === 1);
  });
});

describe("a notice", () => {
  const notice = { id: 1, text: "Back in five", atMs: 0, untilMs: 0 };

  it("goes to who is there, to newcomers for its time, and away when it is cleared", async () => {
    await edges(2);
    const key = STATE_KEYS.notice(world.space.id);
    const client = await listen(1);
    const untilMs = world.clock.nowMs() + 30_000;
    world.backstage.put(key, { ...notice, untilMs });
    await passUntil(() => client.of("notice").length === 1);
    expect(client.of("notice")[0]).toMatchObject({ text: "Back in five" });
    const second = await listen(0);
    expect(second.of("welcome")[0]!.notice).toMatchObject({ text: "Back in five" });
    await world.pass(31_000);
    expect((await listen(0)).of("welcome")[0]!.notice).toBeNull();
    world.backstage.put(key, { ...notice, id: 2, text: "" });
    await passUntil(() => client.of("notice").at(-1)?.text === "");
    expect((await listen(1)).of("welcome")[0]!.notice).toBeNull();
  }, 30_000);
});

describe("the people list", () => {
  it("names who said their name, on any edge, until they leave", async () => {
    await edges(2);
    const [ada, bob] = [newUserId(), newUserId()];
    const [one, two] = [await listen(0), await listen(1)];
    say(one, { type: "present", token: await tokenOf(ada, "Ada") });
    say(two, { type: "present", token: await tokenOf(bob, "Bob") });
    let answer = await people(0, `?ids=${ada},${bob},${newUserId()}`);
    for (let tries = 0; tries < 20 && answer.body.total < 2; tries += 1) {
      await world.pass(500);
      answer = await people(0, `?ids=${ada},${bob},${newUserId()}`);
    }
    expect(answer.headers.get("cache-control")).toBe("public, max-age=2");
    expect(answer.body).toMatchObject({ total: 2, here: [ada, bob], stage: [{ role: "host" }] });
    const names = answer.body.sample.map((each: { displayName: string }) => each.displayName);
    expect(names.sort()).toEqual(["Ada", "Bob"]);
    two.close();
    say(one, { type: "present", token: null });
    for (let tries = 0; tries < 20 && answer.body.total > 0; tries += 1) {
      await world.pass(500);
      answer = await people(0);
    }
    expect(answer.body).toMatchObject({ total: 0, sample: [], here: [] });
  });

  it("loses a name that the hosts hide at once, on every edge, also where it is said again", async () => {
    await edges(2);
    const [ada, rude] = [newUserId(), newUserId()];
    const [one, two] = [await listen(0), await listen(1)];
    say(one, { type: "present", token: await tokenOf(ada, "Ada") });
    say(two, { type: "present", token: await tokenOf(rude, "Rude") });
    const query = `?ids=${ada},${rude}`;
    let answer = await people(0, query);
    for (let tries = 0; tries < 20 && answer.body.total < 2; tries += 1) {
      await world.pass(500);
      answer = await people(0, query);
    }
    expect(answer.body.total).toBe(2);
    const key = STATE_KEYS.hiddenNames(world.space.id);
    world.backstage.put(key, [rude]);
    await passUntil(
      () => one.of("names-hidden").length === 1 && two.of("names-hidden").length === 1,
    );
    expect(one.of("names-hidden")[0]).toEqual({ type: "names-hidden", ids: [rude] });
    for (const edge of [0, 1]) {
      const { body } = await people(edge, query);
      expect(body.sample).toEqual([{ id: ada, displayName: "Ada" }]);
      expect(body.here).toEqual([ada]);
    }
    const again = await listen(1);
    say(again, { type: "present", token: await tokenOf(rude, "Rude") });
    await world.pass(5_000);
    for (const edge of [0, 1]) expect((await people(edge, query)).body.total).toBe(1);
    world.backstage.put(key, []);
    await world.pass(5_000);
    for (const edge of [0, 1]) expect((await people(edge, query)).body.total).toBe(2);
    expect(one.of("names-hidden")).toHaveLength(1);
  }, 30_000);

  it("takes no token that control didn't sign", async () => {
    await edges(1);
    const stranger = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
    const client = await listen();
    say(client, { type: "present", token: await tokenOf(newUserId(), "Eve", stranger.privateKey) });
    const second = await listen();
    say(second, { type: "present", token: "rubbish" });
    await world.pass(3_000);
    expect((await people()).body).toMatchObject({ total: 0 });
    expect(client.closeCode).toBeUndefined();
  });

  it.each([
    ["101 ids", `?ids=${Array.from({ length: 101 }, () => newUserId()).join(",")}`],
    ["what is no id", "?ids=ada"],
    ["ids twice", `?ids=${newUserId()}&ids=${newUserId()}`],
  ])("refuses %s", async (_what, query) => {
    await edges(1);
    expect((await people(0, query)).status).toBe(400);
  });
});

describe("an edge under pressure", () => {
  it("lets go of reactions, the list and the counts, and takes them up again", async () => {
    let utilisation = 1;
    world = await EdgeWorld.onAir({ pressure: () => ({ utilisation, memory: 0, lateMs: 0 }) });
    const client = await listen();
    await world.pass(6_000);
    const countsBefore = client.of("listeners").length;
    say(client, { type: "reaction", emoji: HEART });
    await listen();
    await world.pass(3_000);
    expect(reactionsOf(client)).toEqual({});
    expect(client.of("listeners")).toHaveLength(countsBefore);
    expect((await people()).status).toBe(503);
    expect(client.frames.length).toBeGreaterThan(300);
    utilisation = 0;
    await world.pass(30_000);
    say(client, { type: "reaction", emoji: CLAP });
    await passUntil(() => reactionsOf(client)[CLAP] === 1);
    expect(client.of("listeners").at(-1)?.listeners.now).toBe(2);
    expect((await people()).status).toBe(200);
  }, 30_000);
});
