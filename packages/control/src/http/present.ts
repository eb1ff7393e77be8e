import type { Static } from "@fastify/type-provider-typebox";
import type { ListenerCount, SpaceSnapshot, UserId } from "@rostra/wire";
import { spaceLinks, spacePage } from "./links.ts";
import type { Space } from "./schemas.ts";

/** What is known of a space besides its snapshot: it changes by the second. */
export interface Presence {
  readonly connected: ReadonlySet<UserId>;
  readonly listeners: ListenerCount;
  /** How many hands are raised. */
  readonly hands: number;
}

/** A space as the public API shows it. */
export function presentSpace(
  space: SpaceSnapshot,
  presence: Presence,
  base: string,
): Static<typeof Space> {
  const host = space.members.find(({ role }) => role === "host")!;
  return {
    id: space.id,
    url: spacePage(base, space.id),
    title: space.title,
    topics: [...space.topics],
    state: space.state,
    record: space.record,
    epoch: new Date(space.epochMs).toISOString(),
    startsAt: isoOrNull(space.startsAtMs),
    liveAt: isoOrNull(space.liveAtMs),
    endedAt: isoOrNull(space.endedAtMs),
    airsAt: isoOrNull(space.airsAtMs),
    endsAt: isoOrNull(space.endsAtMs),
    settings: space.settings,
    invited: [...space.invited],
    inCharge: space.inCharge,
    hands: { open: space.settings.handsOpen, count: presence.hands },
    host: { id: host.id, displayName: host.displayName },
    stage: space.members.map((member) => ({
      ...member,
      connected: presence.connected.has(member.id),
    })),
    listeners: presence.listeners,
    links: spaceLinks(base, space.id),
  };
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
