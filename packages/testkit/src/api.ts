import {
  RostraError,
  type SpaceId,
  type SpaceSettings,
  type StageChannel,
  type StageRole,
  type UserId,
} from "@rostra/wire";

/** The API refused, or answered what it must not. */
export class ApiCallError extends RostraError {
  readonly status: number;

  constructor(status: number, message: string) {
    super("api-call", message);
    this.status = status;
  }
}

export interface TestGuest {
  readonly token: string;
  readonly user: { readonly id: UserId; readonly displayName: string };
}

export interface TestSpace {
  readonly id: SpaceId;
  readonly url: string;
  readonly state: string;
  readonly stage: readonly {
    readonly id: UserId;
    readonly role: StageRole;
    readonly muted: boolean;
    readonly micLocked: boolean;
    readonly channel: StageChannel;
    readonly connected: boolean;
  }[];
}

/** Calls the public API as anybody could, with nothing of ours in between. */
export class TestApi {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  async call<T>(method: string, path: string, token?: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#baseUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiCallError(response.status, `${method} ${path}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  guest(displayName: string): Promise<TestGuest> {
    return this.call("POST", "/guests", undefined, { displayName });
  }

  openSpace(host: TestGuest, title: string): Promise<TestSpace> {
    return this.call("POST", "/spaces", host.token, { title });
  }

  space(id: string): Promise<TestSpace> {
    return this.call("GET", `/spaces/${id}`);
  }

  /** @param inSeconds counts down to air for so long */
  goLive(host: TestGuest, id: string, inSeconds?: number): Promise<TestSpace> {
    const body = inSeconds === undefined ? undefined : { inSeconds };
    return this.call("POST", `/spaces/${id}/live`, host.token, body);
  }

  setSettings(host: TestGuest, id: string, settings: Partial<SpaceSettings>): Promise<TestSpace> {
    return this.call("PATCH", `/spaces/${id}`, host.token, { settings });
  }

  /** @returns the place in the queue, from 1 on */
  async raiseHand(guest: TestGuest, id: string): Promise<number> {
    type Place = { readonly position: number };
    return (await this.call<Place>("PUT", `/spaces/${id}/hand`, guest.token)).position;
  }

  inviteByName(
    host: TestGuest,
    id: string,
    guest: TestGuest,
    role: Exclude<StageRole, "host"> = "speaker",
  ): Promise<TestSpace> {
    const body = { role, userId: guest.user.id };
    return this.call("POST", `/spaces/${id}/invitations`, host.token, body);
  }

  acceptInvitation(guest: TestGuest, id: string): Promise<TestSpace> {
    return this.call("POST", `/spaces/${id}/stage`, guest.token);
  }

  /** Several changes of one member: all or none. `by` may be the member themself. */
  changeMember(
    by: TestGuest,
    id: string,
    whom: TestGuest,
    changes: {
      readonly muted?: boolean;
      readonly micLocked?: boolean;
      readonly role?: Exclude<StageRole, "host">;
      readonly channel?: StageChannel;
    },
  ): Promise<TestSpace> {
    return this.call("PATCH", `/spaces/${id}/stage/${whom.user.id}`, by.token, changes);
  }

  setMuted(by: TestGuest, id: string, whom: TestGuest, muted: boolean): Promise<TestSpace> {
    return this.changeMember(by, id, whom, { muted });
  }

  setMicLocked(by: TestGuest, id: string, whom: TestGuest, on: boolean): Promise<TestSpace> {
    return this.changeMember(by, id, whom, { micLocked: on });
  }

  setChannel(
    by: TestGuest,
    id: string,
    whom: TestGuest,
    channel: StageChannel,
  ): Promise<TestSpace> {
    return this.changeMember(by, id, whom, { channel });
  }

  muteAll(host: TestGuest, id: string): Promise<TestSpace> {
    return this.call("POST", `/spaces/${id}/mute-all`, host.token);
  }

  /** Takes somebody off the stage; of oneself: steps down. */
  removeFromStage(by: TestGuest, id: string, whom: TestGuest): Promise<void> {
    return this.call("DELETE", `/spaces/${id}/stage/${whom.user.id}`, by.token);
  }

  block(host: TestGuest, id: string, whom: TestGuest): Promise<void> {
    return this.call("PUT", `/spaces/${id}/blocks/${whom.user.id}`, host.token);
  }

  handOver(host: TestGuest, id: string, whom: TestGuest): Promise<TestSpace> {
    return this.call("POST", `/spaces/${id}/host`, host.token, { userId: whom.user.id });
  }

  end(host: TestGuest, id: string): Promise<TestSpace> {
    return this.call("POST", `/spaces/${id}/end`, host.token);
  }

  /** Brings another guest on stage by an invitation of the host. */
  async bringOnStage(host: TestGuest, id: string, guest: TestGuest): Promise<TestSpace> {
    const { invitation } = await this.call<{ invitation: string }>(
      "POST",
      `/spaces/${id}/invitations`,
      host.token,
      { role: "speaker" },
    );
    return this.call("POST", `/spaces/${id}/stage`, guest.token, { invitation });
  }
}
