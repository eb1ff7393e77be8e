import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  CLOSE,
  decodeChunk,
  encodeClientFrame,
  OPCODE,
  WEBSOCKET_SUBPROTOCOL,
  WebSocketFrameParser,
} from "@rostra/wire";
import type { FromLoad, LoadOrder, Question } from "./message.ts";

/**
 * A process full of listeners that cost as little as can be: one buffer for all reads, times in
 * typed arrays, and only one in a thousand looks at what it gets.
 */

/** Connections that brought nothing are tried again: an accept queue may have overflowed. */
const FIRST_BYTES_MS = 2_000;
const CHECK_MS = 200;
/** New connections are begun this often, ms. */
const LAUNCH_MS = 10;
const PARSED_ONE_IN = 1_000;
/** A chunk begins with its kind and the upper half of a frame number; no head or text holds this. */
const CHUNK_START = Buffer.from([1, 0, 0, 0, 0]);
const OGG_PAGE = Buffer.from("OggS");
/** As a browser says it when a page is closed. */
const GOODBYE = encodeClientFrame(
  OPCODE.close,
  Uint8Array.of(CLOSE.goingAway >> 8, CLOSE.goingAway & 0xff),
  Uint8Array.of(1, 2, 3, 4),
);

const order = JSON.parse(process.argv[2] ?? "") as LoadOrder;
const say = (message: FromLoad) => void process.send?.(message);
const buffer = Buffer.alloc(65_536);
const marker = order.protocol === "ws" ? CHUNK_START : OGG_PAGE;
const request = requestFor(order);

let [reads, bytes, closed, again, inFlight, started, missing] = [0, 0, 0, 0, 0, 0, 0];
let [answered, allAnsweredMs, beganMs] = [0, 0, 0];
let isToldAll = false;
const firstSoundMs: number[] = [];
/** By listener: when it last heard something, and its longest silence; NaN before the first. */
const lastMs = new Float64Array(order.sockets).fill(Number.NaN);
const silenceMs = new Float64Array(order.sockets);
const sockets = new Set<Socket>();
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
  const sinceMs = performance.now();
  let heard = false;
  const look = order.protocol === "ws" && index % PARSED_ONE_IN === 0 ? reader() : undefined;
  const onBytes = (length: number) => {
    const nowMs = performance.now();
    reads += 1;
    bytes += length;
    look?.(buffer.subarray(0, length));
    if (heard) {
      const silent = nowMs - lastMs[index]!;
      lastMs[index] = nowMs;
      if (silent > silenceMs[index]!) silenceMs[index] = silent;
      return true;
    }
    if (waiting.delete(socket)) {
      demandWelcome(buffer.toString("latin1", 0, Math.min(length, 200)));
      onAnswer();
    }
    if (buffer.subarray(0, length).indexOf(marker) === -1) return true;
    heard = true;
    lastMs[index] = nowMs;
    firstSoundMs.push(nowMs - sinceMs);
    return true;
  };
  const { port, addresses } = order;
  const localAddress = addresses[index % addresses.length]!;
  const options = {
    ...{ host: "127.0.0.1", port, localAddress, noDelay: true },
    onread: { buffer, callback: onBytes },
  };
  const socket: Socket = order.tls
    ? connectTls({ ...options, rejectUnauthorized: false })
    : connect(options);
  waiting.set(socket, { index, sinceMs });
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => {
    sockets.delete(socket);
    if (waiting.has(socket)) tryAgain(socket);
    else closed += 1;
  });
  socket.write(request);
}

/** Who is sent elsewhere is no measure of anything here. */
function demandWelcome(answer: string): void {
  if (/^HTTP\/1\.[01] (?:101|200) /.test(answer)) return;
  throw new Error(`not let in: ${answer.split("\r\n\r\n")[0]}`);
}

function onAnswer(): void {
  inFlight -= 1;
  answered += 1;
  if (answered === order.sockets) allAnsweredMs = performance.now() - beganMs;
  launch();
}

/** Follows one listener's chunks by number. */
function reader(): (bytes: Uint8Array) => void {
  const parser = new WebSocketFrameParser({ maxPayloadBytes: 1 << 20, masked: false });
  let isHead = true;
  let last: number | undefined;
  return (data) => {
    const from = isHead ? Buffer.from(data).indexOf("\r\n\r\n") + 4 : 0;
    isHead = false;
    for (const { opcode, payload } of parser.push(data.subarray(from))) {
      if (opcode !== OPCODE.binary) continue;
      for (const { number } of decodeChunk(payload)) {
        if (last !== undefined && number > last + 1) missing += number - last - 1;
        last = Math.max(number, last ?? 0);
      }
    }
  };
}

function tryAgain(socket: Socket): void {
  const { index } = waiting.get(socket)!;
  waiting.delete(socket);
  socket.removeAllListeners("close");
  sockets.delete(socket);
  socket.destroy();
  again += 1;
  begin(index);
}

/** As many as the pace allows by now, and no more under way than may be. */
function launch(): void {
  const allowed = ((performance.now() - beganMs) * order.perSecond) / 1_000;
  while (started < order.sockets && inFlight < order.inFlight && started <= allowed) {
    inFlight += 1;
    begin(started);
    started += 1;
  }
}

/** The silences since the last time; one that still lasts counts so far. */
function takeSilences() {
  const nowMs = performance.now();
  for (let index = 0; index < order.sockets; index += 1) {
    const silent = nowMs - lastMs[index]!;
    if (silent > silenceMs[index]!) silenceMs[index] = silent;
  }
  const sorted = silenceMs.slice().sort();
  silenceMs.fill(0);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function begun(): void {
  beganMs = performance.now();
  const launching = setInterval(launch, LAUNCH_MS);
  const telling = setInterval(() => {
    say({ kind: "progress", listening: firstSoundMs.length });
  }, 1_000);
  launch();
  setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, { sinceMs }] of [...waiting]) {
      if (nowMs - sinceMs >= FIRST_BYTES_MS) tryAgain(socket);
    }
    if (isToldAll || firstSoundMs.length < order.sockets) return;
    isToldAll = true;
    clearInterval(launching);
    clearInterval(telling);
    say({ kind: "listening", firstSoundMs, allAnsweredMs, again });
  }, CHECK_MS);
}

/** Each says that it goes; the process ends with the last. */
function leave(): void {
  for (const socket of sockets) {
    if (order.protocol === "ws") socket.write(GOODBYE);
    socket.end();
  }
  setInterval(() => {
    if (sockets.size === 0) process.exit(0);
  }, LAUNCH_MS);
}

process.on("message", (question: Question) => {
  if (question === "begin") {
    begun();
    return;
  }
  if (question === "leave") {
    leave();
    return;
  }
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  say({ kind: "counts", reads, bytes, closed, missing, silenceMs: takeSilences(), cpuMs });
});
process.on("disconnect", () => process.exit(0));
say({ kind: "ready" });
