import { RostraError, type SpaceId, type UserId } from "@rostra/wire";

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
    readonly muted: boolean;
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

  goLive(host: TestGuest, id: string): Promise<TestSpace> {
    return this.call("POST", `/spaces/${id}/live`, host.token);
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
