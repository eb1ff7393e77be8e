import type { SpaceId, SpaceState, StageRole, UserId } from "@rostra/wire";

/** A space as the HTTP API shows it. Times are ISO 8601. */
export interface Space {
  readonly id: SpaceId;
  /** The page to share. */
  readonly url: string;
  readonly title: string;
  readonly topics: readonly string[];
  readonly state: SpaceState;
  readonly record: boolean;
  readonly epoch: string;
  readonly startsAt: string | null;
  readonly liveAt: string | null;
  readonly endedAt: string | null;
  readonly host: { readonly id: UserId; readonly displayName: string };
  readonly stage: readonly SpaceStageMember[];
  readonly listeners: { readonly now: number; readonly peak: number };
  readonly links: SpaceLinks;
}

export interface SpaceStageMember {
  readonly id: UserId;
  readonly displayName: string;
  readonly role: StageRole;
  readonly muted: boolean;
  readonly connected: boolean;
}

/** Absolute URLs of the ways to hear a space, and of the way to speak in it. */
export interface SpaceLinks {
  readonly page: string;
  readonly ogg: string;
  readonly aac: string;
  readonly hls: string;
  readonly websocket: string;
  readonly whip: string;
}

export interface NewSpace {
  readonly title: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
  /** ISO 8601, in the future: the space is made as `scheduled`, otherwise as `backstage`. */
  readonly startsAt?: string;
}

export interface SpaceChanges {
  readonly title?: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
}

export interface Invitation {
  /** Signed: hand it to `stepOnStage`. */
  readonly invitation: string;
  /** The space's page with the invitation in it: the link to send to a guest speaker. */
  readonly url: string;
  readonly expiresAt: string;
}
