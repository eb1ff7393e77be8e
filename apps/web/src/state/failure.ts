import { ProblemError } from "@rostra/client";
import { RostraError } from "@rostra/wire";

/** What went wrong, as one sentence for people: the server's own where it gave one. */
export function failureWords(error: unknown): string {
  if (error instanceof ProblemError) return sentence(error.detail);
  if (error instanceof RostraError) {
    return WORDS[error.code] ?? sentence(error.message);
  }
  return "Something went wrong on this page. Reload it and try again.";
}

const WORDS: Readonly<Record<string, string>> = {
  unreachable: "The server can't be reached. Check your connection and try again.",
  timeout: "The server takes too long to answer. Try again.",
  "bad-answer": "The server's answer can't be understood. Try again in a moment.",
};

/** Capital first, full stop last. */
function sentence(line: string): string {
  const text = line.trim();
  if (text === "") return "That didn't work. Try again.";
  const capital = text[0]!.toLocaleUpperCase() + text.slice(1);
  return /[.!?]$/u.test(capital) ? capital : `${capital}.`;
}
