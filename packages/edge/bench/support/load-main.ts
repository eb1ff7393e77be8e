import { connect, type Socket } from "node:net";
import { systemClock, WEBSOCKET_SUBPROTOCOL } from "@rostra/wire";
import type { FromLoad, LoadOrder, Question } from "./message.ts";

/** A process full of listeners that cost as little as can be: they count what they read. */

/** Connections that brought nothing are tried again: an accept queue may have overflowed. */
const FIRST_BYTES_MS = 2_000;
const CHECK_MS = 200;
/** A chunk begins with its kind and the upper half of a frame number; no head or text holds this. */
const CHUNK_START = Buffer.from([1, 0, 0, 0, 0]);
const OGG_PAGE = Buffer.from("OggS");

const order = JSON.parse(process.argv[2] ?? "") as LoadOrder;
const say = (message: FromLoad) => void process.send?.(message);
const buffer = Buffer.alloc(65_536);
const marker = order.protocol === "ws" ? CHUNK_START : OGG_PAGE;
const request = requestFor(order);

let [reads, bytes, closed, again, inFlight, started] = [0, 0, 0, 0, 0, 0];
let [answered, allAnsweredMs, beganMs] = [0, 0, 0];
const firstSoundMs: number[] = [];
/** Those without an answer, and since when they wait for one. */
const waiting = new Map<Socket, { readonly index: number; readonly sinceMs: number }>();

function requestFor({ protocol, path }: LoadOrder): string {
  if (protocol === "ogg") return `GET ${path}.ogg HTTP/1.1\r\nHost: bench\r\n\r\n`;
  const headers = [
    "Host: bench",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: cm9zdHJhLWJlbmNoLWtleQ==",
    `Sec-WebSocket-Protocol: ${WEBSOCKET_SUBPROTOCOL}`,
  ];
  return `GET ${path} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`;
}

function begin(index: number): void {
  const sinceMs = systemClock.nowMs();
  let heard = false;
  const onBytes = (length: number) => {
    reads += 1;
    bytes += length;
    if (heard) return true;
    if (waiting.delete(socket)) {
      inFlight -= 1;
      answered += 1;
      if (answered === order.sockets) allAnsweredMs = systemClock.nowMs() - beganMs;
      launch();
    }
    if (buffer.subarray(0, length).indexOf(marker) === -1) return true;
    heard = true;
    firstSoundMs.push(systemClock.nowMs() - sinceMs);
    if (firstSoundMs.length === order.sockets) {
      say({ kind: "listening", firstSoundMs, allAnsweredMs, again });
    }
    return true;
  };
  const { port, addresses } = order;
  const localAddress = addresses[index % addresses.length]!;
  const socket = connect({
    ...{ host: "127.0.0.1", port, localAddress, noDelay: true },
    onread: { buffer, callback: onBytes },
  });
  waiting.set(socket, { index, sinceMs });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed += 1;
    if (waiting.has(socket)) tryAgain(socket);
  });
  socket.write(request);
}

function tryAgain(socket: Socket): void {
  const { index } = waiting.get(socket)!;
  waiting.delete(socket);
  socket.removeAllListeners("close");
  socket.destroy();
  again += 1;
  begin(index);
}

function launch(): void {
  while (started < order.sockets && inFlight < order.inFlight) {
    inFlight += 1;
    begin(started);
    started += 1;
  }
}

process.on("message", (question: Question) => {
  if (question === "counts") {
    say({ kind: "counts", reads, bytes, closed });
    return;
  }
  beganMs = systemClock.nowMs();
  launch();
  setInterval(() => {
    const nowMs = systemClock.nowMs();
    for (const [socket, { sinceMs }] of [...waiting]) {
      if (nowMs - sinceMs >= FIRST_BYTES_MS) tryAgain(socket);
    }
  }, CHECK_MS);
});
process.on("disconnect", () => process.exit(0));
say({ kind: "ready" });
