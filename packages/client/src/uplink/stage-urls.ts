import { socketUrl } from "../listener/connection/socket.ts";

/** Where one stage of a space is asked for by clients. */
export interface StageUrls {
  /** Where WHIP offers go. */
  readonly whipUrl: string;
  /** Where the stage socket is. */
  readonly socketUrl: string;
}

/** @param origin of an edge; @param stage null: the first stage, whichever that is */
export function stageUrls(origin: string, spaceId: string, stage: string | null): StageUrls {
  const query = stage === null ? "" : `?stage=${encodeURIComponent(stage)}`;
  const path = `/api/v1/spaces/${spaceId}`;
  return {
    whipUrl: `${origin}${path}/whip${query}`,
    socketUrl: socketUrl(origin, `${path}/stage${query}`),
  };
}
