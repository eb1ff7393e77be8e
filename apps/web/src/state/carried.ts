import type { SpaceListener } from "@rostra/client";
import type { SpaceId } from "@rostra/wire";
import { navigate } from "./navigation.ts";

/** A listener that plays already, on its way to the page of its space. */
let carried: { readonly spaceId: SpaceId; readonly listener: SpaceListener } | null = null;

/** Goes to another space's page with what plays there already: nothing is heard of the change. */
export function carryAlong(spaceId: SpaceId, listener: SpaceListener): void {
  carried = { spaceId, listener };
  navigate(`/s/${spaceId}`);
}

/** Once, by the page that it was brought to: the page's own from then on. */
export function takeCarried(spaceId: SpaceId): SpaceListener | null {
  const found = carried?.spaceId === spaceId ? carried.listener : null;
  if (found !== null) carried = null;
  return found;
}
