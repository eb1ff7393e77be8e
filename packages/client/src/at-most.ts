import type { Clock } from "@rostra/wire";

/**
 * Waits for `promise`, but not for longer than `ms`: then it is `otherwise`. Browsers leave some
 * promises open for ever (a play that no gesture allows, a request into a dead network).
 */
export async function atMost<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  otherwise: T,
): Promise<T> {
  let cancel = () => {};
  const late = new Promise<T>((resolve) => {
    cancel = clock.after(ms, () => resolve(otherwise));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}
