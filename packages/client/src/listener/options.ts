import type { ProgramFrame, SpaceId } from "@rostra/wire";
import type { ConnectionPlatform } from "./connection/ports.ts";
import type { OpenOutput } from "./output/open-output.ts";
import type { OutputKind } from "./state.ts";

export interface SpaceListenerOptions {
  /** Origin of the server; left out: the page's own. */
  readonly baseUrl?: string;
  readonly spaceId: SpaceId;
  /** 0 to 1; left out: 1. */
  readonly volume?: number;
  /** Left out or `auto`: the best that this browser has. */
  readonly output?: OutputKind | "auto";
  /** Asks for the thin rendition: half the data. Left out: as the browser is told to save data. */
  readonly dataSaver?: boolean;
  /** The space whose raid brings this listener here: hosts of both see how many came along. */
  readonly cameFrom?: SpaceId;
}

/** What a listener needs of the browser; tests bring their own. */
export interface ListenerPlatform extends ConnectionPlatform {
  readonly openOutput: OpenOutput;
  /** @param url frames by number: `/live/{id}/frames?from=&to=` */
  readonly fetchFrames: (url: string) => Promise<readonly ProgramFrame[]>;
  /** Whether the person wants all pages to use less data. */
  readonly savesData: () => boolean;
}

/** Left out, or no number: as loud as it gets. */
export function clampVolume(volume: number | undefined): number {
  return volume === undefined || Number.isNaN(volume) ? 1 : Math.min(1, Math.max(0, volume));
}
