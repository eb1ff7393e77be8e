import type { SpaceId, StageRole, UserId } from "@rostra/wire";
import type { Observable } from "../observable.ts";
import { Subject } from "../observable.ts";
import type { Identity, TokenStorage } from "./identity.ts";
import type { Invitation, NewSpace, Space, SpaceChanges } from "./space.ts";

export interface RostraApiOptions {
  /** Origin of the server; left out: the page's own. */
  readonly baseUrl?: string;
  /** Left out: localStorage where it works, else memory. */
  readonly storage?: TokenStorage;
}

/**
 * Rostra's HTTP API. Every call may throw {@link ProblemError} (the server refused and says why)
 * or {@link NetworkError} (no answer; reads were tried three times before).
 */
export class RostraApi {
  readonly #identity = new Subject<Identity | null>(null);

  /** Without a slash at the end. */
  readonly baseUrl: string;

  constructor(options: RostraApiOptions = {}) {
    this.baseUrl = options.baseUrl ?? "";
  }

  /** Who we are; null before the first guest, and again when the server no longer knows us. */
  get identity(): Observable<Identity | null> {
    return this.#identity;
  }

  /** Makes a new guest and becomes it: earlier spaces and roles of this browser are let go. */
  guest(_displayName: string): Promise<Identity> {
    throw new Error("TODO");
  }

  /** The identity that stands, renewed if need be; a new guest only where there is none. */
  ensureGuest(_displayName: string): Promise<Identity> {
    throw new Error("TODO");
  }

  /** A token that is good for the next minutes at least. @throws {IdentityError} `no-identity` */
  token(): Promise<string> {
    throw new Error("TODO");
  }

  /** Live first, then newest first; at most 100. */
  listSpaces(): Promise<readonly Space[]> {
    throw new Error("TODO");
  }

  space(_id: SpaceId): Promise<Space> {
    throw new Error("TODO");
  }

  createSpace(_space: NewSpace): Promise<Space> {
    throw new Error("TODO");
  }

  updateSpace(_id: SpaceId, _changes: SpaceChanges): Promise<Space> {
    throw new Error("TODO");
  }

  /** From `scheduled` to `backstage`. */
  openBackstage(_id: SpaceId): Promise<Space> {
    throw new Error("TODO");
  }

  /** On air. Doing it again changes nothing. */
  goLive(_id: SpaceId): Promise<Space> {
    throw new Error("TODO");
  }

  /** Over, for good. Doing it again changes nothing. */
  end(_id: SpaceId): Promise<Space> {
    throw new Error("TODO");
  }

  invite(_id: SpaceId, _role: Exclude<StageRole, "host">): Promise<Invitation> {
    throw new Error("TODO");
  }

  /** Become a member of the stage. Doing it again changes nothing. */
  stepOnStage(_id: SpaceId, _invitation: string): Promise<Space> {
    throw new Error("TODO");
  }

  /** Anyone mutes and unmutes themself; hosts and co-hosts may mute others, never unmute them. */
  setMuted(_id: SpaceId, _userId: UserId, _muted: boolean): Promise<Space> {
    throw new Error("TODO");
  }

  /** Step down oneself, or, as host or co-host, take somebody off the stage. */
  removeFromStage(_id: SpaceId, _userId: UserId): Promise<void> {
    throw new Error("TODO");
  }
}
