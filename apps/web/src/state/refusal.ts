import { ProblemError, type RostraApi, type Space } from "@rostra/client";
import type { SpaceId } from "@rostra/wire";
import { failureWords } from "./failure.ts";

/** Why an edge doesn't let listeners in, as control tells it. */
export type Refusal =
  | { readonly why: "missing" }
  | { readonly why: "ended"; readonly title: string | null }
  | { readonly why: "scheduled"; readonly space: Space }
  /** It is open by now: connect again. */
  | { readonly why: "open" }
  | { readonly why: "unknown"; readonly words: string };

/** Asks control what a refused space is about. Never throws. */
export async function askRefusal(api: Pick<RostraApi, "space">, id: SpaceId): Promise<Refusal> {
  try {
    return refusalOf(await api.space(id));
  } catch (error) {
    return refusalFrom(error);
  }
}

export function refusalOf(space: Space): Refusal {
  if (space.state === "ended") return { why: "ended", title: space.title };
  return space.state === "scheduled" ? { why: "scheduled", space } : { why: "open" };
}

export function refusalFrom(error: unknown): Refusal {
  if (error instanceof ProblemError && error.status === 404) return { why: "missing" };
  if (error instanceof ProblemError && error.status === 410) return { why: "ended", title: null };
  return { why: "unknown", words: failureWords(error) };
}
