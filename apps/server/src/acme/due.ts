import type { CertificateFacts } from "@rostra/edge";

const DAY_MS = 86_400_000;
/** How long before its end a certificate is renewed; of short-lived ones, a third of their life. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

type Facts = Pick<CertificateFacts, "names" | "validFromMs" | "validToMs" | "selfSigned">;

/** When the next one is asked for, ms since 1970; at once for what no authority has signed. */
export function renewAtMs(facts: Facts, domains: readonly string[]): number {
  const { names, validFromMs, validToMs, selfSigned } = facts;
  if (selfSigned || domains.some((domain) => !names.includes(domain))) return 0;
  return validToMs - Math.min(RENEW_BEFORE_MS, (validToMs - validFromMs) / 3);
}

const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 6 * 3_600_000;

/**
 * Authorities count failures (Let's Encrypt: five an hour for a name), so patience grows quickly;
 * spread, because a whole fleet may have failed at the same moment.
 * @param failures one after the other, 1 or more
 * @param random from 0 to 1
 */
export function retryAfterMs(failures: number, random: number): number {
  const plainMs = Math.min(FIRST_RETRY_MS * 4 ** (failures - 1), LONGEST_RETRY_MS);
  return plainMs * (0.8 + 0.4 * random);
}
