import { RostraError } from "@rostra/wire";

/** wrong: Rostra would not run, or not for everybody. warning: it runs, with something amiss. */
export type Level = "ok" | "warning" | "wrong";

/** One line of the doctor's table. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly level: Level;
  /** How it is; where it isn't well, what to change. One line. */
  readonly text: string;
}

export const ok = (check: string, text: string): Finding => ({ check, level: "ok", text });
export const warning = (check: string, text: string): Finding => ({
  check,
  level: "warning",
  text,
});
export const wrong = (check: string, text: string): Finding => ({ check, level: "wrong", text });

/** What a start would refuse with, as a finding. @throws what is no refusal of ours */
export function wrongBy(check: string, error: unknown): Finding {
  if (error instanceof RostraError) return wrong(check, error.message);
  throw error;
}

/** Runs what throws where a start would refuse. */
export async function unlessRefused(
  check: string,
  look: () => Promise<Finding | string>,
): Promise<Finding> {
  try {
    const found = await look();
    return typeof found === "string" ? ok(check, found) : found;
  } catch (error) {
    return wrongBy(check, error);
  }
}
