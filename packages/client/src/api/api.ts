import type { SpaceId, StageChannel, StageRole, UserId } from "@rostra/wire";
import type { Observable } from "../observable.ts";
import { originOf } from "../platform.ts";
import { Account } from "./account.ts";
import { type ApiPlatform, browserApiPlatform, HttpClient, type HttpRequest } from "./http.ts";
import { type Identity, KeptIdentity } from "./identity.ts";
import {
  asBlockedPeople,
  asHands,
  asMe,
  asPosition,
  type BlockedPerson,
  type Hands,
  type Me,
} from "./people.ts";
import {
  asInvitation,
  asSpace,
  asSpaces,
  type Invitation,
  type MemberChanges,
  type NewSpace,
  type Space,
  type SpaceChanges,
} from "./space.ts";

export interface RostraApiOptions {
  /** Origin of the server; left out: the page's own. */
  readonly baseUrl?: string;
  /** Who we are, as far as the page knows it already; left out: what lies in this browser. */
  readonly identity?: KeptIdentity;
}

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
    const identity = options.identity ?? new KeptIdentity();
    this.#account = new Account(this.#http, identity, platform.clock);
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

  createSpace(space: NewSpace): Promise<Space> {
    return this.#change("POST", "/api/v1/spaces", space);
  }

  updateSpace(id: SpaceId, changes: SpaceChanges): Promise<Space> {
    return this.#change("PATCH", spacePath(id), changes);
  }

  /** From `scheduled` to `backstage`. */
  openBackstage(id: SpaceId): Promise<Space> {
    return this.#change("POST", spacePath(id, "/backstage"));
  }

  /**
   * On air: at once, or after a countdown of `inSeconds`. While a countdown runs, going live at
   * once cuts it short. On air already: nothing changes.
   */
  goLive(id: SpaceId, inSeconds?: number): Promise<Space> {
    const body = inSeconds === undefined ? undefined : { inSeconds };
    return this.#change("POST", spacePath(id, "/live"), body);
  }

  /** Stops the countdown to air; where none runs nothing changes. */
  cancelCountdown(id: SpaceId): Promise<Space> {
    return this.#change("DELETE", spacePath(id, "/live"));
  }

  /** Over, for good. Doing it again changes nothing. */
  end(id: SpaceId): Promise<Space> {
    return this.#change("POST", spacePath(id, "/end"));
  }

  /** What we are to a space: role, place in the queue, invitation, blocked or not. */
  async me(id: SpaceId): Promise<Me> {
    return asMe(await this.#asSelf({ method: "GET", path: spacePath(id, "/me") }));
  }

  /** Asks to speak. @returns the place in the queue, from 1 on; the same when asked again */
  async raiseHand(id: SpaceId): Promise<number> {
    return asPosition(await this.#asSelf({ method: "PUT", path: spacePath(id, "/hand") }));
  }

  async lowerHand(id: SpaceId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, "/hand") });
  }

  /** The queue with its names (host and co-hosts). */
  async hands(id: SpaceId): Promise<Hands> {
    return asHands(await this.#asSelf({ method: "GET", path: spacePath(id, "/hands") }));
  }

  /** Puts these people first, in this order; the others follow as they stood. */
  async orderHands(id: SpaceId, order: readonly UserId[]): Promise<Hands> {
    const path = spacePath(id, "/hands");
    return asHands(await this.#asSelf({ method: "PUT", path, body: { order } }));
  }

  async lowerHandOf(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, `/hands/${userId}`) });
  }

  async lowerAllHands(id: SpaceId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, "/hands") });
  }

  /** A link that brings whoever follows it on stage; as host: the first who does, in our place. */
  async invite(id: SpaceId, role: StageRole): Promise<Invitation> {
    const path = spacePath(id, "/invitations");
    return asInvitation(await this.#asSelf({ method: "POST", path, body: { role } }));
  }

  /** Asks one person on stage; takes their hand down. It stands until they answer. */
  inviteByName(
    id: SpaceId,
    userId: UserId,
    role: Exclude<StageRole, "host"> = "speaker",
  ): Promise<Space> {
    return this.#change("POST", spacePath(id, "/invitations"), { role, userId });
  }

  /** Says yes to an invitation by name: on stage from now on. */
  acceptInvitation(id: SpaceId): Promise<Space> {
    return this.#change("POST", spacePath(id, "/stage"));
  }

  /** Says no to an invitation by name. */
  async declineInvitation(id: SpaceId): Promise<void> {
    const { user } = await this.#account.current();
    await this.withdrawInvitation(id, user.id);
  }

  /** Takes an invitation by name back (host and co-hosts). */
  async withdrawInvitation(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, `/invitations/${userId}`) });
  }

  /** Become a member of the stage by a link. Doing it again changes nothing. */
  stepOnStage(id: SpaceId, invitation: string): Promise<Space> {
    return this.#change("POST", spacePath(id, "/stage"), { invitation });
  }

  /**
   * All or nothing of several changes. One's own: `muted`, `channel`. Host and co-hosts: everything
   * of everybody, but they never unmute anybody, and a `channel` of others is air or backstage.
   */
  changeMember(id: SpaceId, userId: UserId, changes: MemberChanges): Promise<Space> {
    return this.#change("PATCH", spacePath(id, `/stage/${userId}`), changes);
  }

  /** Anyone mutes and unmutes themself; host and co-hosts may mute others, never unmute them. */
  setMuted(id: SpaceId, userId: UserId, muted: boolean): Promise<Space> {
    return this.changeMember(id, userId, { muted });
  }

  /** Locked: muted, and may not unmute themself. Unlocking leaves them muted. */
  setMicLocked(id: SpaceId, userId: UserId, micLocked: boolean): Promise<Space> {
    return this.changeMember(id, userId, { micLocked });
  }

  /** Promotes to co-host, or demotes to speaker. */
  setRole(id: SpaceId, userId: UserId, role: Exclude<StageRole, "host">): Promise<Space> {
    return this.changeMember(id, userId, { role });
  }

  /** Whom others bring to `air` arrives muted; whom they send `backstage` can't come back alone. */
  setChannel(id: SpaceId, userId: UserId, channel: StageChannel): Promise<Space> {
    return this.changeMember(id, userId, { channel });
  }

  /** Mutes everybody on stage but oneself and `except`. */
  muteAll(id: SpaceId, except: readonly UserId[] = []): Promise<Space> {
    return this.#change("POST", spacePath(id, "/mute-all"), { except });
  }

  /** Makes a member of the stage the host, or asks a listener to be; the host of before becomes co-host. */
  handOver(id: SpaceId, userId: UserId): Promise<Space> {
    return this.#change("POST", spacePath(id, "/host"), { userId });
  }

  /** Step down oneself, or, as host or co-host, take somebody off the stage. */
  async removeFromStage(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, `/stage/${userId}`) });
  }

  /** Off the stage and out of the queue, and kept out (host and co-hosts). */
  async block(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "PUT", path: spacePath(id, `/blocks/${userId}`) });
  }

  async unblock(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, `/blocks/${userId}`) });
  }

  /** Whom this space keeps out (host and co-hosts). */
  async blocked(id: SpaceId): Promise<readonly BlockedPerson[]> {
    return asBlockedPeople(await this.#asSelf({ method: "GET", path: spacePath(id, "/blocks") }));
  }

  /**
   * Takes a listener's name off the list of people, for everybody (host and co-hosts).
   * @param displayName as they call themself, for the hosts' own list
   */
  async hideName(id: SpaceId, userId: UserId, displayName: string): Promise<void> {
    const path = spacePath(id, `/hidden-names/${userId}`);
    await this.#asSelf({ method: "PUT", path, body: { displayName } });
  }

  async showName(id: SpaceId, userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, `/hidden-names/${userId}`) });
  }

  /** Whose names this space hides (host and co-hosts). */
  async hiddenNames(id: SpaceId): Promise<readonly BlockedPerson[]> {
    const path = spacePath(id, "/hidden-names");
    return asBlockedPeople(await this.#asSelf({ method: "GET", path }));
  }

  /** Puts somebody on one's own list: kept off the stages that one hosts, marked on others. */
  async blockPerson(userId: UserId): Promise<void> {
    await this.#asSelf({ method: "PUT", path: `/api/v1/blocks/${userId}` });
  }

  async unblockPerson(userId: UserId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: `/api/v1/blocks/${userId}` });
  }

  /** One's own list; nobody else sees it. */
  async blockedByMe(): Promise<readonly BlockedPerson[]> {
    return asBlockedPeople(await this.#asSelf({ method: "GET", path: "/api/v1/blocks" }));
  }

  /**
   * Tells everybody something, in place of what was told before (host and co-hosts).
   * @param text at most `LIMITS.noticeChars` characters on one line
   * @param keepSeconds how long newcomers are shown it, 10 to 86,400; left out: ten minutes
   */
  async writeNotice(id: SpaceId, text: string, keepSeconds?: number): Promise<void> {
    const body = { text, ...(keepSeconds !== undefined && { keepSeconds }) };
    await this.#asSelf({ method: "POST", path: spacePath(id, "/notices"), body });
  }

  /** Takes the notice away from all pages. */
  async clearNotice(id: SpaceId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, "/notices") });
  }

  /**
   * Takes the audience along to another space, in a moment; only the host.
   * @throws {ProblemError} `conflict` where one of the two isn't live, or is part of a raid
   */
  async raid(id: SpaceId, to: SpaceId): Promise<void> {
    await this.#asSelf({ method: "POST", path: spacePath(id, "/raid"), body: { to } });
  }

  /** Calls off a raid from a space, or one that comes to it. */
  async callOffRaid(id: SpaceId): Promise<void> {
    await this.#asSelf({ method: "DELETE", path: spacePath(id, "/raid") });
  }

  /** A call that answers with the space as it is then. */
  async #change(method: HttpRequest["method"], path: string, body?: unknown): Promise<Space> {
    const request = body === undefined ? { method, path } : { method, path, body };
    return asSpace(await this.#asSelf(request));
  }

  async #asSelf(request: HttpRequest): Promise<unknown> {
    return this.#http.call({ ...request, token: await this.token() });
  }
}

function spacePath(id: SpaceId, rest = ""): string {
  return `/api/v1/spaces/${encodeURIComponent(id)}${rest}`;
}
