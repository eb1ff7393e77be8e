import type { Identity } from "@rostra/client";

/** What another name means for somebody who is known already; nothing for everyone else. */
export function newNameHint(identity: Identity | null, displayName: string): string | undefined {
  const known = identity?.user.displayName;
  const name = displayName.trim();
  if (known === undefined || name === "" || name === known) return undefined;
  return `Another name makes you another guest: this browser then leaves the stages that ${known} is on.`;
}
