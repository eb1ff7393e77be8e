import { Refusal } from "../errors.ts";
import type { Store } from "./store.ts";

export interface AnsweringStoreOptions {
  /** Whether an error means that the store is out of reach or out of room, not that we are wrong. */
  readonly isDown: (error: unknown) => boolean;
  /** Told each time that a call couldn't be carried out. */
  readonly onDown: (error: unknown) => void;
  /** While it says so nothing is written. */
  readonly isFull?: () => boolean;
}

/**
 * A store that says so when it's out of reach: its calls are refused with `unavailable`, one line
 * that a caller may be shown. Whether a change that was under way was made is not known then.
 */
export function answeringStore(store: Store, options: AnsweringStoreOptions): Store {
  const { isDown, onDown, isFull } = options;
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Refusal || !isDown(error)) throw error;
      onDown(error);
      const message = "what is to be kept can't be written for the moment: try again soon";
      throw new Refusal("unavailable", message, { cause: error });
    }
  };
  const written = async <T>(write: () => Promise<T>): Promise<T> => {
    if (!isFull?.()) return told(write());
    throw new Refusal(
      "unavailable",
      "the server's disk is full, nothing can be kept: try again soon",
    );
  };
  return {
    addSpace: (space) => written(() => store.addSpace(space)),
    changeSpace: (...change) => written(() => store.changeSpace(...change)),
    loadSpace: (id) => told(store.loadSpace(id)),
    loadCurrentSpaces: (sinceMs) => told(store.loadCurrentSpaces(sinceMs)),
    raisePeaks: (peaks) => written(() => store.raisePeaks(peaks)),
    addBlock: (owner, blocked, most) => written(() => store.addBlock(owner, blocked, most)),
    removeBlock: (owner, blockedId) => written(() => store.removeBlock(owner, blockedId)),
    loadBlocks: (owner) => told(store.loadBlocks(owner)),
    keepSecret: (name, secret) => told(store.keepSecret(name, secret)),
    close: () => store.close(),
  };
}

/** True for a refusal of {@link answeringStore}. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Refusal && error.code === "unavailable";
}

/**
 * Classes and codes of PostgreSQL's errors (its manual, appendix A) that pass without our doing: no
 * connection (08), no resources or room (53), stopping or starting (57), a failing disk (58), and
 * what the driver itself says of a connection that broke or didn't come.
 */
const PASSING =
  /^(?:08|53|57|58)|^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|EMFILE|ENFILE|ENOSPC|EROFS|EIO)/;
const BROKEN =
  /connection terminated|timeout|client has encountered a connection error|not queryable/i;

/** For both adapters: PGlite has PostgreSQL's own codes. */
export function isStoreDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return PASSING.test(code);
  return BROKEN.test(error.message);
}
