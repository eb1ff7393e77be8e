import type { Clock } from "@rostra/wire";
import { IdentityError, NetworkError, ProblemError } from "../errors.ts";
import type { Observable } from "../observable.ts";
import type { HttpClient } from "./http.ts";
import { asIdentity, type Identity, type KeptIdentity } from "./identity.ts";

/**
 * A token is renewed when it has less than this left. Half the life of the server's tokens, and
 * enough that control may be away for a while without anyone losing their place.
 */
const RENEW_BEFORE_MS = 60 * 60_000;

/** The identity of this browser: made, kept, renewed. */
export class Account {
  readonly #http: HttpClient;
  readonly #kept: KeptIdentity;
  readonly #clock: Clock;
  #renewing: Promise<Identity> | null = null;

  constructor(http: HttpClient, kept: KeptIdentity, clock: Clock) {
    this.#http = http;
    this.#kept = kept;
    this.#clock = clock;
  }

  get identity(): Observable<Identity | null> {
    return this.#kept.current;
  }

  async become(displayName: string): Promise<Identity> {
    const body = { displayName };
    const answer = await this.#http.call({ method: "POST", path: "/api/v1/guests", body });
    return this.#keep(answer);
  }

  /**
   * The identity, renewed if need be. While the server can't be asked, one that is still valid
   * goes on.
   * @throws {IdentityError} `no-identity`
   */
  async current(): Promise<Identity> {
    const identity = this.identity.value;
    if (identity === null) throw new IdentityError("no-identity", "Become a guest first");
    const leftMs = Date.parse(identity.expiresAt) - this.#clock.nowMs();
    if (leftMs > RENEW_BEFORE_MS) return identity;
    // One renewal, however many calls wait for it.
    this.#renewing ??= this.#renew(identity).finally(() => {
      this.#renewing = null;
    });
    try {
      return await this.#renewing;
    } catch (error) {
      const passing = error instanceof NetworkError || (error as ProblemError).status >= 500;
      if (passing && leftMs > 0) return identity;
      throw error;
    }
  }

  async #renew(identity: Identity): Promise<Identity> {
    try {
      const path = "/api/v1/guests/renewal";
      return this.#keep(await this.#http.call({ method: "POST", path, token: identity.token }));
    } catch (error) {
      // The server doesn't know us any more: the key changed, or we were away for too long.
      if (error instanceof ProblemError && error.status === 401) this.#forget(identity);
      throw error;
    }
  }

  #keep(answer: unknown): Identity {
    const identity = asIdentity(answer);
    if (identity === undefined) {
      throw new NetworkError("bad-answer", "The server's answer is not an identity");
    }
    this.#kept.keep(identity);
    return identity;
  }

  #forget(identity: Identity): void {
    // Another call may have become somebody else in the meantime.
    if (this.identity.value === identity) this.#kept.keep(null);
  }
}
