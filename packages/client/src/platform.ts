import { systemClock } from "@rostra/wire";
import type { ConnectionPlatform } from "./listener/connection/live-connection.ts";
import { askRefusalWith } from "./listener/connection/refusal.ts";
import { openBrowserSocket } from "./listener/connection/socket.ts";
import type { Unsubscribe } from "./observable.ts";

/** An address given by the page, or the page's own, without a slash at the end. */
export function originOf(baseUrl: string | undefined): string {
  const origin = baseUrl === undefined || baseUrl === "" ? location.origin : baseUrl;
  return origin.replace(/\/+$/, "");
}

/** Calls back when the browser says that the network is there again. */
export function onOnline(callback: () => void): Unsubscribe {
  addEventListener("online", callback);
  return () => removeEventListener("online", callback);
}

/** The browser as a listener's connection sees it. */
export function browserPlatform(): ConnectionPlatform {
  return {
    clock: systemClock,
    random: Math.random,
    openSocket: openBrowserSocket,
    askRefusal: askRefusalWith((input, init) => fetch(input, init)),
    onOnline,
  };
}
