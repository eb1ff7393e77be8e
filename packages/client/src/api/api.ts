import { type SpaceId, type StageRole, systemClock, type UserId } from "@rostra/wire";
import type { Observable } from "../observable.ts";
import { originOf } from "../platform.ts";
import { Account } from "./account.ts";
import { type ApiPlatform, HttpClient, type HttpRequest } from "./http.ts";
import { browserStorage, type Identity, type TokenStorage } from "./identity.ts";
import {
  asInvitation,
  asSpace,
  asSpaces,
  type Invitation,
  type NewSpace,
  type Space,
  type SpaceChanges,
} from "./space.ts";

export interface RostraApiOptions {
  /** Origin of the server; left out: the page's own. */
  readonly baseUrl?: string;
  /** Left out: localStorage where it works, else memory. */
  readonly storage?: TokenStorage;
}

const STORAGE_KEY = "rostra.identity";

/**
 * Rostra's HTTP API. Every call may throw {@link ProblemError} (the server refused and says why)
 * or {@link NetworkError} (no answer; reads were tried three times before); those that act for
 * somebody also {@link IdentityError}.
 */
export class RostraApi {
  /** Origin of the server, without a slash at the end. */
  readonly baseUrl: string;
  readonly #http: HttpClient;
  readonly #account: Account;

  constructor(options: RostraApiOptions = {}, platform: ApiPlatform = browserApiPlatform()) {
    this.baseUrl = originOf(options.baseUrl);
    this.#http = new HttpClient(this.baseUrl, platform);
    const storage = options.storage ?? browserStorage(STORAGE_KEY);
    this.#account = new Account(this.#http, storage, platform.clock);
  }

  /** Who we are; null before the first guest, and again when the server no longer knows us. */
  get identity(): Observable<Identity | null> {
    return this.#account.identity;
  }

  /** Makes a new guest and becomes it: earlier spaces and roles of this browser are let go. */
  guest(displayName: string): Promise<Identity> {
    return this.#account.become(displayName);
  }

  /** The identity that stands, renewed if need be; a new guest only where there is none. */
  async ensureGuest(displayName: string): Promise<Identity> {
    if (this.identity.value === null) return this.guest(displayName);
    try {
      return await this.#account.current();
    } catch (error) {
      // Forgotten by the server: being somebody new is all that is left.
      if (this.identity.value === null) return this.guest(displayName);
      throw error;
    }
  }

  /** A token that is good for the next minutes at least. @throws {IdentityError} `no-identity` */
  async token(): Promise<string> {
    return (await this.#account.current()).token;
  }

  /** Live first, then newest first; at most 100. */
  async listSpaces(): Promise<readonly Space[]> {
    return asSpaces(await this.#http.call({ method: "GET", path: "/api/v1/spaces" }));
  }

  async space(id: SpaceId): Promise<Space> {
    return asSpace(await this.#http.call({ method: "GET", path: spacePath(id) }));
  }

  async createSpace(space: NewSpace): Promise<Space> {
    return asSpace(await this.#asSelf({ method: "POST", path: "/api/v1/spaces", body: space }));
  }

  async updateSpace(id: SpaceId, changes: SpaceChanges): Promise<Space> {
    return asSpace(await this.#asSelf({ method: "PATCH", path: spacePath(id), body: changes }));
  }

  /** From `scheduled` to `backstage`. */
  async openBackstage(id: SpaceId): Promise<Space> {
    return asSpace(await this.#asSelf({ method: "POST", path: spacePath(id, "/backstage") }));
  }

  /** On air. Doing it again changes nothing. */
  async goLive(id: SpaceId): Promise<Space> {
    return asSpace(await this.#asSelf({ method: "POST", path: spacePath(id, "/live") }));
  }

  /** Over, for good. Doing it again changes nothing. */
  async end(id: SpaceId): Promise<Space> {
    return asSpace(await this.#asSelf({ method: "POST", path: spacePath(id, "/end") }));
  }

  async invite(id: SpaceId, role: Exclude<StageRole, "host">): Promise<Invitation> {
    const path = spacePath(id, "/invitations");
    return asInvitation(await this.#asSelf({ method: "POST", path, body: { role } }));
  }

  /** Become a member of the stage. Doing it again changes nothing. */
  async stepOnStage(id: SpaceId, invitation: string): Promise<Space> {
    const path = spacePath(id, "/stage");
    return asSpace(await this.#asSelf({ method: "POST", path, body: { invitation } }));
  }

  /** Anyone mutes and unmutes themself; hosts and co-hosts may mute others, never unmute them. */
  async setMuted(id: SpaceId, userId: UserId, muted: boolean): Promise<Space> {
    const path = spacePath(id, `/stage/${userId}`);
    return asSpace(await this.#asSelf({ method: "PATCH", path, body: { muted } }));
  }

  /** Step down oneself, or, as host or co-host, take somebody off the stage. */
  async removeFromStage(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, `/stage/${userId}`) });
  }

  async #asSelf(request: HttpRequest): Promise<unknown> {
    return this.#http.call({ ...request, token: await this.token() });
  }
}

function spacePath(id: SpaceId, rest = ""): string {
  return `/api/v1/spaces/${encodeURIComponent(id)}${rest}`;
}

function browserApiPlatform(): ApiPlatform {
  return {
    clock: systemClock,
    random: Math.random,
    fetch: (input, init) => fetch(input, init),
  };
}
