/**
 * A listener's connection without a player: for who listens where there is no page, and wants the frames. The same code
 * as in a browser, with all that it does where an edge is late, silent, or gone.
 */
import { systemClock } from "@rostra/wire";
import { findRoomWith } from "./listener/connection/find-room.ts";
import type { ConnectionPlatform } from "./listener/connection/ports.ts";
import { askRefusalWith } from "./listener/connection/refusal.ts";
import { openBrowserSocket } from "./listener/connection/socket.ts";

export { LiveConnection } from "./listener/connection/live-connection.ts";
export type { ConnectionPlatform } from "./listener/connection/ports.ts";

/** The world as Node sees it: it has a browser's `fetch` and `WebSocket`, and no word of its network. */
export function nodePlatform(): ConnectionPlatform {
  return {
    clock: systemClock,
    random: Math.random,
    openSocket: openBrowserSocket,
    askRefusal: askRefusalWith(fetch),
    findRoom: findRoomWith(fetch, () => false),
    onOnline: () => () => {},
  };
}
