import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LossyLink } from "../../src/index.ts";

// Real sockets: a client, a link, and a server that sends everything back.

const PATIENCE = { timeout: 10_000, interval: 10 };

let server: Socket;
let client: Socket;
let link: LossyLink;
let echoed: string[];

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

beforeEach(async () => {
  server = await bound();
  server.on("message", (packet, from) => server.send(packet, from.port, from.address));
  client = await bound();
  echoed = [];
  client.on("message", (packet) => echoed.push(packet.toString()));
  link = await LossyLink.open(server.address());
});
afterEach(() => {
  link.close();
  client.close();
  server.close();
});

function send(...packets: readonly string[]): void {
  for (const packet of packets) client.send(packet, link.port, "127.0.0.1");
}

test("a link carries both ways", async () => {
  send("a", "b", "c");
  await expect.poll(() => echoed, PATIENCE).toEqual(["a", "b", "c"]);
});

test("a link that is cut carries nothing, and carries again once it is restored", async () => {
  link.cut();
  send("into the cut");
  // What a socket sends is in order: once this is through, what came before would be, too.
  const other = await LossyLink.open(server.address(), { up: { delayMs: 200 } });
  client.send("another way", other.port, "127.0.0.1");
  await expect.poll(() => echoed, PATIENCE).toEqual(["another way"]);
  other.close();
  link.restore();
  send("after it");
  await expect.poll(() => echoed, PATIENCE).toEqual(["another way", "after it"]);
});

test("each client of a link hears only what is meant for it", async () => {
  const other = await bound();
  const heard: string[] = [];
  other.on("message", (packet) => heard.push(packet.toString()));
  send("mine");
  other.send("theirs", link.port, "127.0.0.1");
  await expect.poll(() => [...echoed, ...heard], PATIENCE).toEqual(["mine", "theirs"]);
  other.close();
});

test("a link stands in an answer for every candidate that was there", async () => {
  const { port } = server.address();
  const answer = [
    "v=0",
    "a=setup:active",
    "a=candidate:1 1 UDP 2122317823 ::1 9 typ host",
    `a=candidate:2 1 UDP 2122317822 127.0.0.1 ${port} typ host`,
    "a=end-of-candidates",
    "",
  ].join("\r\n");
  const within = await LossyLink.within(answer);
  expect(within.answer.match(/a=candidate.*/g)).toEqual([
    `a=candidate:1 1 UDP 2130706431 127.0.0.1 ${within.link.port} typ host`,
  ]);
  client.send("through it", within.link.port, "127.0.0.1");
  await expect.poll(() => echoed, PATIENCE).toEqual(["through it"]);
  within.link.close();
  await expect(LossyLink.within("v=0\r\n")).rejects.toThrow("no candidate");
});
