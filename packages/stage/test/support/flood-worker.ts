// Runs in a thread of its own: see flood.ts.
import { parentPort, workerData } from "node:worker_threads";
import { encodeStageMessage, STAGE_SUBPROTOCOL } from "@rostra/wire";
import type { FloodOptions } from "./flood.ts";

const { whipUrl, offer, tokens, posts, hellos } = workerData as FloodOptions;
const AT_ONCE = 10;

async function inTurn<T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const go = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      answers.push(await ask(index));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, go));
  return answers;
}

async function post(index: number): Promise<number> {
  const authorization = `Bearer ${tokens[index % tokens.length]}`;
  const headers = { "content-type": "application/sdp", authorization };
  const response = await fetch(whipUrl, { method: "POST", headers, body: offer });
  await response.arrayBuffer();
  return response.status;
}

/** Says hello, and closes as soon as there is an answer. */
function hello(index: number): Promise<number> {
  const url = whipUrl.replace(/^http/, "ws").replace(/whip$/, "stage");
  const socket = new WebSocket(url, STAGE_SUBPROTOCOL);
  const token = tokens[index % tokens.length]!;
  socket.onopen = () => socket.send(encodeStageMessage({ type: "hello", token, audio: true }));
  socket.onmessage = () => socket.close();
  return new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
}

const statuses = await inTurn(posts, post);
const closes = await inTurn(hellos, hello);
parentPort?.postMessage({ statuses, closes });
