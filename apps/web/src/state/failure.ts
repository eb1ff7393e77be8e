import { ProblemError } from "@rostra/client";
import { RostraError } from "@rostra/wire";

/** What went wrong, as one sentence for people: mostly the server's own. */
export function failureWords(error: unknown): string {
  if (error instanceof RostraError) {
    const own = Object.hasOwn(WORDS, error.code) ? WORDS[error.code] : undefined;
    return own ?? sentence(error instanceof ProblemError ? error.detail : error.message);
  }
  return "Something went wrong on this page. Reload it and try again.";
}

const WORDS: Readonly<Record<string, string>> = {
  unreachable: "The server can't be reached. Check your connection and try again.",
  timeout: "The server takes too long to answer. Try again.",
  // What is away on the server's side has names that mean nothing to its visitors.
  unavailable: "The server can't do that for the moment. Try again in a few seconds.",
  internal: "Something failed on the server's side. Try again in a moment.",
  "bad-answer": "The server's answer can't be understood. Try again in a moment.",
};

/** Capital first, full stop last. */
function sentence(line: string): string {
  const text = line.trim();
  if (text === "") return "That didn't work. Try again.";
  const capital = text[0]!.toLocaleUpperCase() + text.slice(1);
  return /[.!?]$/u.test(capital) ? capital : `${capital}.`;
}
