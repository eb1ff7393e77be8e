import { connect, type Socket } from "node:net";
import { encodeClientFrame, OPCODE, REACTIONS, WEBSOCKET_SUBPROTOCOL } from "@rostra/wire";
import type { Question } from "./message.ts";

/** A process full of people who react: each sends one reaction a second, at moments of their own. */

/** What the process is to do: handed over as JSON in its one argument. */
export interface ReactorsOrder {
  readonly port: number;
  readonly path: string;
  readonly sockets: number;
}

export type FromReactors =
  | { readonly kind: "reacting" }
  /** Reactions sent so far. */
  | { readonly kind: "counts"; readonly sent: number };

/** All of them have had their turn once in a second: a tenth of that at a time. */
const TURN_MS = 100;
const TURNS = 10;
const SOCKETS_PER_ADDRESS = 1_000;

const order = JSON.parse(process.argv[2] ?? "") as ReactorsOrder;
const say = (message: FromReactors) => void process.send?.(message);
const request = [
  `GET ${order.path}?sound=none HTTP/1.1`,
  "Host: bench",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: cm9zdHJhLWJlbmNoLWtleQ==",
  `Sec-WebSocket-Protocol: ${WEBSOCKET_SUBPROTOCOL}`,
].join("\r\n");
const frames = REACTIONS.map((emoji) => {
  const text = new TextEncoder().encode(JSON.stringify({ type: "reaction", emoji }));
  return encodeClientFrame(OPCODE.text, text, Uint8Array.of(1, 2, 3, 4));
});
const buffer = Buffer.alloc(65_536);
const sockets: Socket[] = [];
let [answered, sent, turn] = [0, 0, 0];

for (let index = 0; index < order.sockets; index += 1) {
  let isAnswered = false;
  const socket = connect({
    ...{ host: "127.0.0.1", port: order.port, noDelay: true },
    localAddress: `127.0.100.${1 + Math.floor(index / SOCKETS_PER_ADDRESS)}`,
    onread: {
      buffer,
      callback: () => {
        if (!isAnswered) onAnswer();
        isAnswered = true;
        return true;
      },
    },
  });
  socket.on("error", () => {});
  socket.write(`${request}\r\n\r\n`);
  sockets.push(socket);
}

function onAnswer(): void {
  answered += 1;
  if (answered < order.sockets) return;
  setInterval(react, TURN_MS);
  say({ kind: "reacting" });
}

function react(): void {
  for (let index = turn; index < sockets.length; index += TURNS) {
    sockets[index]!.write(frames[(index + turn) % frames.length]!);
    sent += 1;
  }
  turn = (turn + 1) % TURNS;
}

process.on("message", (_question: Question) => say({ kind: "counts", sent }));
process.on("disconnect", () => process.exit(0));
