import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { OggOpusPager } from "@rostra/sound";
import { encodeChunk, encodeServerFrame, FRAME_MS, OPCODE, systemClock } from "@rostra/wire";
import { readCertificate } from "../../src/tls/certificate.ts";
import type { VoiceLike } from "../../test/support/voice-like.ts";
import type { BenchProtocol, FromServer, ServerOrder } from "./message.ts";

const HEADS: Readonly<Record<BenchProtocol, string>> = {
  ws: "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
  ogg: "HTTP/1.1 200 OK\r\ncontent-type: audio/ogg\r\n\r\n",
};

/**
 * The floor: a bare `net` server that writes one shared buffer to every socket, and nothing else. It
 * sends the bytes that an edge would, at the same cadence, to whoever has asked for anything.
 */
export async function openBareServer(voice: VoiceLike, order: ServerOrder) {
  const { protocol, cadenceMs, tls } = order;
  const sockets: Socket[] = [];
  let [writes, bytes] = [0, 0];
  const onSocket = (socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(HEADS[protocol]);
      sockets.push(socket);
    });
    socket.once("close", () => {
      const at = sockets.indexOf(socket);
      if (at !== -1) sockets.splice(at, 1);
    });
  };
  const server =
    tls === undefined
      ? createServer({ noDelay: true }, onSocket)
      : createTlsServer({ noDelay: true, ...(await readCertificate(tls)) }, onSocket);
  const pager = new OggOpusPager(1);
  const frames = cadenceMs / FRAME_MS;
  let number = 0;
  const beat = () => {
    const chunk = Array.from({ length: frames }, (_, at) => voice.frameAt(number + at));
    number += frames;
    const shared =
      protocol === "ogg" ? pager.page(chunk) : encodeServerFrame(OPCODE.binary, encodeChunk(chunk));
    for (const socket of sockets) socket.write(shared);
    writes += sockets.length;
    bytes += sockets.length * shared.length;
  };
  let nextMs = systemClock.nowMs() + cadenceMs;
  const schedule = () => {
    systemClock.after(Math.max(0, nextMs - systemClock.nowMs()), () => {
      nextMs += cadenceMs;
      schedule();
      beat();
    });
  };
  // Called only through here: `listen` calls back once.
  const up = await new Promise<FromServer>((resolve) => {
    server.listen({ port: 0, host: "0.0.0.0", backlog: 4_096 }, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ kind: "up", port, path: "/live/bench", tls: tls !== undefined });
    });
  });
  schedule();
  return { up, counts: async (): Promise<FromServer> => ({ kind: "counts", writes, bytes }) };
}
