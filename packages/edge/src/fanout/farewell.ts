import type { Socket } from "node:net";
import type { Clock } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";

/** Ends a socket with its last bytes; what hasn't been taken after a while is thrown away. */
export function endSocket(socket: Socket, clock: Clock, lastBytes?: Uint8Array | string): void {
  if (socket.destroyed) return;
  if (lastBytes === undefined) socket.end();
  else socket.end(lastBytes);
  const cancel = clock.after(BOUNDS.farewellMs, () => socket.destroy());
  socket.once("close", cancel);
}
