import { connect } from "node:net";
import { decodeChunk, OPCODE, systemClock, WebSocketFrameParser } from "@rostra/wire";
import type { Hearing } from "./message.ts";
import { handshake } from "./requests.ts";

/** The process of those who just listen: told its port, path and number in its one argument. */

const order = JSON.parse(process.argv[2] ?? "") as {
  port: number;
  live: string;
  listeners: number;
};
let [worstSilenceMs, missing, frames, closed] = [0, 0, 0, 0];

function listen(): void {
  const socket = connect(order.port, "127.0.0.1");
  const parser = new WebSocketFrameParser({ maxPayloadBytes: 1 << 20, masked: false });
  let head = true;
  let last: number | undefined;
  let lastMs = systemClock.nowMs();
  socket.on("error", () => {});
  socket.on("close", () => (closed += 1));
  socket.on("data", (bytes: Buffer) => {
    const from = head ? bytes.indexOf("\r\n\r\n") + 4 : 0;
    head = false;
    for (const { opcode, payload } of parser.push(bytes.subarray(from))) {
      if (opcode !== OPCODE.binary) continue;
      const nowMs = systemClock.nowMs();
      worstSilenceMs = Math.max(worstSilenceMs, nowMs - lastMs);
      lastMs = nowMs;
      for (const { number } of decodeChunk(payload)) {
        if (last !== undefined && number !== last + 1) missing += 1;
        last = number;
        frames += 1;
      }
    }
  });
  socket.write(handshake(order.live));
}

for (let at = 0; at < order.listeners; at += 1) listen();
process.on("message", () => {
  const hearing: Hearing = {
    kind: "hearing",
    ...{ listeners: order.listeners, worstSilenceMs, missing, frames, closed },
  };
  process.send?.(hearing);
});
process.on("disconnect", () => process.exit(0));
