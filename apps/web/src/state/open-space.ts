import type { NewSpace, RostraApi, Space } from "@rostra/client";
import { LIMITS } from "@rostra/wire";

/** The form as it was filled in. */
export interface SpaceForm {
  readonly title: string;
  readonly displayName: string;
  /** Separated by commas. */
  readonly topics: string;
  /** `datetime-local`, in the visitor's own time; empty: now. */
  readonly startsAt: string;
}

export type SpaceFormErrors = Readonly<Partial<Record<keyof SpaceForm, string>>>;

export const EMPTY_FORM: SpaceForm = { title: "", displayName: "", topics: "", startsAt: "" };

const YEAR_MS = 365 * 24 * 3_600_000;

export function parseTopics(text: string): string[] {
  const topics = text.split(",").map((topic) => topic.trim().replace(/^#/, ""));
  return [...new Set(topics.filter((topic) => topic !== ""))];
}

/** @returns one sentence per field that needs another look; empty where all is well */
export function checkForm(form: SpaceForm, nowMs: number): SpaceFormErrors {
  const errors: Record<string, string> = {};
  if (form.title.trim() === "") errors["title"] = "Give the space a title.";
  Object.assign(errors, checkName(form.displayName));
  const topics = parseTopics(form.topics);
  if (topics.length > LIMITS.topics) errors["topics"] = `At most ${LIMITS.topics} topics.`;
  else if (topics.some((topic) => topic.length > LIMITS.topicChars)) {
    errors["topics"] = `A topic has at most ${LIMITS.topicChars} characters.`;
  }
  if (form.startsAt !== "") {
    const startsAtMs = Date.parse(form.startsAt);
    if (Number.isNaN(startsAtMs)) errors["startsAt"] = "Give a date and a time.";
    else if (startsAtMs <= nowMs) errors["startsAt"] = "That time has passed.";
    else if (startsAtMs > nowMs + YEAR_MS) errors["startsAt"] = "At most a year from now.";
  }
  return errors;
}

export function checkName(displayName: string): Pick<SpaceFormErrors, "displayName"> {
  return displayName.trim() === "" ? { displayName: "Say who is speaking." } : {};
}

/** @param form one that `checkForm` found nothing wrong with */
export function toNewSpace(form: SpaceForm): NewSpace {
  const topics = parseTopics(form.topics);
  return {
    title: form.title.trim(),
    ...(topics.length > 0 ? { topics } : {}),
    ...(form.startsAt === "" ? {} : { startsAt: new Date(form.startsAt).toISOString() }),
  };
}

/**
 * Becomes the person of that name: who they are already if the name is the same, else a new guest
 * (the server has no way to rename one).
 */
export async function becomeGuest(
  api: Pick<RostraApi, "guest" | "ensureGuest" | "identity">,
  displayName: string,
): Promise<void> {
  const name = displayName.trim();
  const known = api.identity.value?.user.displayName;
  if (known !== undefined && known !== name) await api.guest(name);
  else await api.ensureGuest(name);
}

/** Guest, then space. @throws {ProblemError | NetworkError} */
export async function openSpace(api: RostraApi, form: SpaceForm): Promise<Space> {
  await becomeGuest(api, form.displayName);
  return api.createSpace(toNewSpace(form));
}
