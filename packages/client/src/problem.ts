import { isObject, isShortText, PROBLEMS, type ProblemDetails } from "@rostra/wire";
import { ProblemError } from "./errors.ts";

/** The Retry-After header in ms; only its form in seconds, which is what Rostra sends. */
export function retryAfterMs(headers: Headers): number | null {
  const text = headers.get("retry-after");
  if (text === null || !/^\d{1,6}$/.test(text.trim())) return null;
  return Number(text) * 1_000;
}

/** The body as JSON; null where it is none. */
export async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** What a refusal says; where it isn't ours (a proxy's page), made up from the status. */
export function problemFrom(status: number, body: unknown): ProblemDetails {
  if (
    isObject(body) &&
    isShortText(body["type"], 200) &&
    isShortText(body["title"], 500) &&
    isShortText(body["detail"], 2_000)
  ) {
    return { type: body["type"], title: body["title"], status, detail: body["detail"] };
  }
  const known = Object.entries(PROBLEMS).find(([, [code]]) => code === status);
  const code = known?.[0] ?? (status >= 500 ? "internal" : "bad-request");
  const title = known?.[1][1] ?? `The server answered ${status}`;
  return { type: `urn:rostra:problem:${code}`, title, status, detail: title };
}

/** The error for an answer of 400 and up. */
export async function problemErrorOf(response: Response): Promise<ProblemError> {
  const details = problemFrom(response.status, await jsonOf(response));
  return new ProblemError(details, retryAfterMs(response.headers));
}
