import { isObject, isShortText, isUserId, type UserId } from "@rostra/wire";
import { type Observable, Subject } from "../observable.ts";

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

const MAX_TOKEN_CHARS = 4_096;

/** @returns undefined for anything else: an older version's, or somebody else's */
export function asIdentity(value: unknown): Identity | undefined {
  if (!isObject(value) || !isObject(value["user"])) return undefined;
  const { token, expiresAt, user } = value;
  const { id, displayName } = user as { id?: unknown; displayName?: unknown };
  const valid =
    isShortText(token, MAX_TOKEN_CHARS) &&
    isShortText(expiresAt, 40) &&
    !Number.isNaN(Date.parse(expiresAt)) &&
    isUserId(id) &&
    isShortText(displayName, 200);
  return valid ? { token, expiresAt, user: { id, displayName } } : undefined;
}

const STORAGE_KEY = "rostra.identity";

/**
 * The identity as it lies in this browser. Small, so that a page knows at once who it is for, and may
 * fetch the API later: give it to {@link RostraApi}, which alone changes it.
 */
export class KeptIdentity {
  readonly #storage: TokenStorage;
  readonly #identity: Subject<Identity | null>;

  /** @param storage left out: localStorage where it works, else memory */
  constructor(storage: TokenStorage = browserStorage(STORAGE_KEY)) {
    this.#storage = storage;
    this.#identity = new Subject(loadIdentity(storage));
  }

  /** null before the first guest, and again when the server no longer knows us. */
  get current(): Observable<Identity | null> {
    return this.#identity;
  }

  keep(identity: Identity | null): void {
    this.#storage.save(identity && JSON.stringify(identity));
    this.#identity.set(identity);
  }
}

/** What was kept, if it can be made sense of. */
function loadIdentity(storage: TokenStorage): Identity | null {
  try {
    return asIdentity(JSON.parse(storage.load() ?? "null")) ?? null;
  } catch {
    return null;
  }
}

/**
 * localStorage under `key`, or memory where the browser refuses it (private windows, blocked
 * cookies, no browser at all): even touching it can throw.
 */
function browserStorage(key: string): TokenStorage {
  let memory: string | null = null;
  return {
    load: () => {
      try {
        return localStorage.getItem(key) ?? memory;
      } catch {
        return memory;
      }
    },
    save: (text) => {
      memory = text;
      try {
        if (text === null) localStorage.removeItem(key);
        else localStorage.setItem(key, text);
      } catch {
        // Full or forbidden: this visit goes on from memory.
      }
    },
  };
}
