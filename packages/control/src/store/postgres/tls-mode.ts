/**
 * `sslmode`s that the driver takes for `verify-full` today, and says so in five lines at each start:
 * here they are that, without a word. libpq's own, weaker, meaning is had by `uselibpqcompat=true`.
 */
const AS_VERIFY_FULL = ["prefer", "require", "verify-ca"];

/** @param url of a database, as an operator gives it */
export function withPlainTlsMode(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.searchParams.has("uselibpqcompat")) return url;
  if (!AS_VERIFY_FULL.includes(parsed.searchParams.get("sslmode") ?? "")) return url;
  parsed.searchParams.set("sslmode", "verify-full");
  return parsed.href;
}
