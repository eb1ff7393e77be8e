import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type AccessClaims,
  isAccessClaims,
  isObject,
  STATE_KEYS,
  TOKEN_ALGORITHM,
  TOKEN_ISSUER,
} from "@rostra/wire";
import { type CryptoKey, importJWK, type JWK, jwtVerify } from "jose";

export type TokenCheck =
  | { readonly claims: AccessClaims }
  /** `no-key`: control has never been seen, so nothing can be said of the token. */
  | { readonly refused: "missing" | "invalid" | "no-key" };

/**
 * Verifies access tokens by signature alone, with the public key that the relay keeps: a speaker
 * can come back while control is away.
 */
export class TokenVerifier {
  readonly #unsubscribe: Unsubscribe;
  #key: Promise<CryptoKey | Uint8Array | undefined> | undefined;

  constructor(relay: Relay) {
    this.#unsubscribe = relay.watch(STATE_KEYS.verificationKey, (key, value) => {
      if (key !== STATE_KEYS.verificationKey || !isObject(value)) return;
      // An unreadable key is as good as none, and never replaces the process's peace.
      this.#key = importJWK(value as JWK, TOKEN_ALGORITHM).catch(() => undefined);
    });
  }

  /** @param authorization the header as it came */
  async check(authorization: string | undefined): Promise<TokenCheck> {
    const token = /^Bearer +([\w.~+/=-]{1,4096})$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return { refused: "missing" };
    const key = await this.#key;
    if (key === undefined) return { refused: "no-key" };
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer: TOKEN_ISSUER,
        algorithms: [TOKEN_ALGORITHM],
        requiredClaims: ["exp"],
      });
      return isAccessClaims(payload) ? { claims: payload } : { refused: "invalid" };
    } catch {
      return { refused: "invalid" };
    }
  }

  close(): void {
    this.#unsubscribe();
  }
}
