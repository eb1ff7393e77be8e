import { RostraError } from "@rostra/wire";

/**
 * A start that would fail again and again until a person has changed something: EX_CONFIG of
 * sysexits.h. The supervisor, and systemd with `RestartPreventExitStatus`, don't try again then.
 */
export const EXIT_FOR_GOOD = 78;

/** Codes of errors that nothing but a person mends. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  "bad-config",
  "bad-certificate",
  "bad-data-directory",
  "bad-key-file",
  "other-key",
  "store-broken",
  "store-refused",
  "store-too-new",
]);

/** @returns what the process ends with because of `error` */
export function exitCodeOf(error: unknown): number {
  return error instanceof RostraError && FOR_GOOD.has(error.code) ? EXIT_FOR_GOOD : 1;
}
