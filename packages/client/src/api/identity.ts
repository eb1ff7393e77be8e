import type { UserId } from "@rostra/wire";

/** Who this browser is to the server. */
export interface Identity {
  /** Goes in `Authorization: Bearer`. Renewed in the background: don't keep a copy. */
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly user: { readonly id: UserId; readonly displayName: string };
}

/** Where the identity is kept between visits. Failing to keep it must never throw. */
export interface TokenStorage {
  load(): string | null;
  /** null removes it. */
  save(text: string | null): void;
}
