import type { Notice, RoomEvent, SpaceSnapshot } from "@rostra/wire";
import type { ListenerState } from "./state.ts";

/** What an event of the room changes of what a page is shown. */
export function roomNews(event: RoomEvent, known: ListenerState): Partial<ListenerState> {
  switch (event.type) {
    case "welcome":
      return {
        space: newer(event.space, known.space),
        stage: event.stage,
        listeners: event.listeners,
        hands: event.hands,
        notice: event.notice ?? null,
        raids: event.raids ?? [],
        latestFrame: event.latestFrame ?? known.latestFrame,
        // What was asked for, until the edge says otherwise.
        rendition: known.dataSaver ? "thin" : "full",
      };
    case "space":
      return { space: newer(event.space, known.space) };
    case "stage":
      return { stage: event.stage };
    case "listeners":
      return { listeners: event.listeners };
    case "hands":
      return { hands: event.hands };
    case "rendition":
      return { rendition: event.rendition };
    case "notice":
      return { notice: shownNotice(event) };
    case "raid": {
      const { side, raid, arrived } = event;
      const others = known.raids.filter((other) => other.side !== side);
      return { raids: raid === null ? others : [...others, { side, raid, arrived }] };
    }
    case "cadence":
    case "move":
    case "standby":
    case "ask-heard":
    case "reactions":
    case "names-hidden":
    case "bye":
      return {};
  }
}

/** Another edge may lag behind the one before: the space never goes back. */
function newer(space: SpaceSnapshot, known: SpaceSnapshot | null): SpaceSnapshot {
  return known === null || space.revision >= known.revision ? space : known;
}

/** With an empty text it takes back what was said before. */
function shownNotice({ id, text, atMs, untilMs }: Notice): Notice | null {
  return text === "" ? null : { id, text, atMs, untilMs };
}
