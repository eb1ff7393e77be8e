import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  isAccessClaims,
  isObject,
  type PresentPerson,
  STATE_KEYS,
  TOKEN_ALGORITHM,
  TOKEN_ISSUER,
} from "@rostra/wire";
import { type CryptoKey, importJWK, type JWK, jwtVerify } from "jose";

/** Tokens that wait to be verified; more than that are forgotten, and their bearers not shown. */
const WAITING = 2_000;
/** Verified in one turn, about 0.1 ms of CPU each: a crowd that arrives can't crowd the sound out. */
const PER_TURN = 25;

interface Waiting {
  readonly token: string;
  readonly found: (person: PresentPerson) => void;
}

/**
 * Who a token says that somebody is, by its signature alone: no store is asked. A bounded line,
 * worked off a little at each turn.
 */
export class TokenCheck {
  readonly #line: Waiting[] = [];
  readonly #unwatch: Unsubscribe;
  #key: Promise<CryptoKey | Uint8Array | undefined> | undefined;

  constructor(relay: Pick<Relay, "watch">) {
    this.#unwatch = relay.watch(STATE_KEYS.verificationKey, (key, value) => {
      if (key !== STATE_KEYS.verificationKey || !isObject(value)) return;
      this.#key = importJWK(value as JWK, TOKEN_ALGORITHM).catch(() => undefined);
    });
  }

  /** @param found called later, where the token is good; not called at all where it isn't */
  add(token: string, found: (person: PresentPerson) => void): void {
    if (this.#line.length < WAITING) this.#line.push({ token, found });
  }

  /** A few times a second. */
  turn(): void {
    for (const waiting of this.#line.splice(0, PER_TURN)) void this.#check(waiting);
  }

  close(): void {
    this.#unwatch();
    this.#line.length = 0;
  }

  async #check({ token, found }: Waiting): Promise<void> {
    const key = await this.#key;
    if (key === undefined) return;
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer: TOKEN_ISSUER,
        algorithms: [TOKEN_ALGORITHM],
        requiredClaims: ["exp"],
      });
      if (isAccessClaims(payload)) found({ id: payload.sub, displayName: payload.name });
    } catch {
      // A bad token shows nobody; the sound goes on.
    }
  }
}
