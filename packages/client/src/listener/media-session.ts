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
export function attachMediaSession(listener: SpaceListener, info: MediaSessionInfo): Unsubscribe {
  if (!("mediaSession" in navigator)) return () => {};
  const session = navigator.mediaSession;
  session.metadata = new MediaMetadata({
    title: info.title,
    artist: info.artist ?? "",
    artwork: [...(info.artwork ?? [])],
  });
  // A press on the lock screen is a gesture too. A refusal shows in the listener's state.
  session.setActionHandler("play", () => void listener.start().catch(() => {}));
  session.setActionHandler("pause", () => listener.pause());
  session.setActionHandler("stop", () => listener.stop());
  const unsubscribe = listener.state.subscribe(({ wanted }) => {
    session.playbackState = wanted ? "playing" : "paused";
  });
  return () => {
    unsubscribe();
    for (const action of ["play", "pause", "stop"] as const) session.setActionHandler(action, null);
    session.metadata = null;
    session.playbackState = "none";
  };
}
