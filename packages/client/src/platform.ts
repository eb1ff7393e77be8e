import { type ProgramFrame, systemClock } from "@rostra/wire";
import type { ConnectionPlatform } from "./listener/connection/ports.ts";
import { askRefusalWith } from "./listener/connection/refusal.ts";
import type { FindRoom } from "./listener/connection/room.ts";
import { openBrowserSocket } from "./listener/connection/socket.ts";
import type { Unsubscribe } from "./observable.ts";

/** An address given by the page, or the page's own, without a slash at the end. */
export function originOf(baseUrl: string | undefined): string {
  const origin = baseUrl === undefined || baseUrl === "" ? location.origin : baseUrl;
  return origin.replace(/\/+$/, "");
}

/** Calls back when the browser says that the network is there again. */
function onOnline(callback: () => void): Unsubscribe {
  addEventListener("online", callback);
  return () => removeEventListener("online", callback);
}

/** Where the browser tells what kind of network it is on (not all do). */
interface NetworkInformation extends EventTarget {
  /** Such as `wifi` or `cellular`. */
  readonly type?: string;
}

/** Calls back when the network is there again, or is another one. */
export function onNetwork(callback: () => void): Unsubscribe {
  const stopOnline = onOnline(callback);
  const { connection } = navigator as Navigator & { connection?: NetworkInformation };
  let type = connection?.type;
  // It also fires for each new estimate of how fast the network is: that is no news.
  const onChange = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    callback();
  };
  connection?.addEventListener("change", onChange);
  return () => {
    stopOnline();
    connection?.removeEventListener("change", onChange);
  };
}

/** Its code comes with the first need of it: nobody's first sound waits for that. */
const findRoom: FindRoom = async (...question) => {
  try {
    const { findRoomWith, playsHlsHere } = await import("./listener/connection/find-room.ts");
    return await findRoomWith((input, init) => fetch(input, init), playsHlsHere)(...question);
  } catch {
    return { kind: "unknown" };
  }
};

/** As with `findRoom`: few ever need it. */
export async function fetchFrames(url: string): Promise<readonly ProgramFrame[]> {
  const part = await import("./listener/connection/fetch-frames.ts");
  return part.fetchFrames(url);
}

/** The browser as a listener's connection sees it. */
export function browserPlatform(): ConnectionPlatform {
  return {
    clock: systemClock,
    random: Math.random,
    openSocket: openBrowserSocket,
    askRefusal: askRefusalWith((input, init) => fetch(input, init)),
    findRoom,
    onOnline,
  };
}
