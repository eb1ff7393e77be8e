import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { OggOpusPager } from "@rostra/sound";
import {
  encodeChunk,
  encodeServerFrame,
  FRAME_MS,
  FRAMES_PER_SECOND,
  OPCODE,
  type ProgramFrame,
  systemClock,
} from "@rostra/wire";
import { readCertificate } from "../../src/tls/certificate.ts";
import type { VoiceLike } from "../../test/support/voice-like.ts";
import type { BenchProtocol, FromServer, ServerOrder } from "./message.ts";

const HEADS: Readonly<Record<BenchProtocol, string>> = {
  ws: "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
  ogg: "HTTP/1.1 200 OK\r\ncontent-type: audio/ogg\r\n\r\n",
};

/**
 * The floor: a bare `net` server that writes one shared buffer to every socket, and nothing else. It
 * sends the bytes that an edge would, at the same cadence, to whoever has asked for anything. Where it greets,
 * its first write also carries a second of sound, as an edge's does.
 */
export async function openBareServer(voice: VoiceLike, order: ServerOrder) {
  const { protocol, cadenceMs, tls } = order;
  const sockets: Socket[] = [];
  let [writes, bytes] = [0, 0];
  const pager = new OggOpusPager(1);
  const framesFrom = (number: number, count: number) =>
    Array.from({ length: count }, (_, at) => voice.frameAt(number + at));
  const encode = (chunk: readonly ProgramFrame[]) =>
    protocol === "ogg" ? pager.page(chunk) : encodeServerFrame(OPCODE.binary, encodeChunk(chunk));
  const sound = order.greets === true ? encode(framesFrom(0, FRAMES_PER_SECOND)) : Buffer.alloc(0);
  const greeting = Buffer.concat([Buffer.from(HEADS[protocol]), sound]);
  const onSocket = (socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(greeting);
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
  const frames = cadenceMs / FRAME_MS;
  let number = 0;
  const beat = () => {
    const shared = encode(framesFrom(number, frames));
    number += frames;
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
  const counts = async (): Promise<FromServer> => ({
    ...{ kind: "counts", writes, bytes },
    listeners: sockets.length,
  });
  return { up, counts };
}
