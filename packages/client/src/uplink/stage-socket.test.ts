import { VirtualClock } from "@rostra/testkit";
import { newUserId, problem, type StageRequest } from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import type { OpenStageLink, StageLinkEvents } from "./stage-link.ts";
import { StageSocket } from "./stage-socket.ts";

const ADA = newUserId();

let clock: VirtualClock;
let links: { events: StageLinkEvents; sent: StageRequest[]; closed: boolean }[];
let socket: StageSocket;

const openLink: OpenStageLink = (_url, hello, events) => {
  const link = { events, sent: [hello] as StageRequest[], closed: false };
  links.push(link);
  return {
    send: (request) => link.sent.push(request),
    sendPacket: () => true,
    close: () => {
      link.closed = true;
    },
  };
};

function run(ms: number): Promise<void> {
  return clock.advanceSettling(ms, 50);
}

beforeEach(async () => {
  clock = new VirtualClock(0);
  links = [];
  const token = async () => "t";
  socket = new StageSocket({
    clock,
    openLink,
    url: () => "wss://x/stage",
    token,
    random: () => 0.5,
  });
  socket.start();
  await run(50);
});

function ready(): void {
  links.at(-1)!.events.news({ type: "ready", session: null });
}

describe("StageSocket", () => {
  it("says hello, and keeps what it is told", () => {
    expect(links[0]!.sent).toEqual([{ type: "hello", token: "t", audio: false }]);
    ready();
    const { events } = links[0]!;
    events.news({ type: "levels", levels: [{ id: ADA, dbfs: -20, speaking: true }] });
    events.news({ type: "guard", kind: "howl", id: ADA, active: true });
    events.news({ type: "guard", kind: "dead-air", id: null, active: true });
    expect(socket.news.value.levels.get(ADA)?.dbfs).toBe(-20);
    expect(socket.news.value.guards.map(({ kind }) => kind)).toEqual(["howl", "dead-air"]);
    events.news({ type: "guard", kind: "howl", id: ADA, active: false });
    expect(socket.news.value.guards.map(({ kind }) => kind)).toEqual(["dead-air"]);
  });

  it("comes back by itself, and tells again whether the person is aware", async () => {
    socket.setAwareness({ hidden: true, deviceChanges: 2 });
    ready();
    expect(links[0]!.sent).toContainEqual({ type: "awareness", hidden: true, deviceChanges: 2 });
    links[0]!.events.news({ type: "guard", kind: "echo", id: ADA, active: true });
    links[0]!.events.closed(null);
    expect(socket.news.value.guards).toEqual([]);
    await run(50);
    expect(links).toHaveLength(2);
    ready();
    expect(links[1]!.sent).toContainEqual({ type: "awareness", hidden: true, deviceChanges: 2 });
  });

  it("tells the stage how long the way is", async () => {
    ready();
    await run(50);
    links[0]!.events.news({ type: "pong", number: 1 });
    await run(2_000);
    expect(links[0]!.sent.at(-1)).toEqual({ type: "ping", number: 2, rttMs: 50 });
  });

  it("gives up a socket that has gone silent", async () => {
    ready();
    await run(8_100);
    expect(links[0]!.closed).toBe(true);
    expect(links).toHaveLength(2);
  });

  it("doesn't come back to a space that has ended, nor after it was closed", async () => {
    links[0]!.events.closed(problem("ended", "over"));
    await run(10_000);
    expect(links).toHaveLength(1);
    socket.close();
    expect(clock.pending).toBe(0);
  });
});
