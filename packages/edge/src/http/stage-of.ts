import { isSpaceId, type Service, stagesOf } from "@rostra/wire";
import type { SharedState } from "../space/shared-state.ts";
import { noService } from "./proxy.ts";
import { type Refusal, refuse } from "./respond.ts";

/** Which of a space's stages a request is for. */
export interface StageAsked {
  readonly spaceId: string;
  /** The query's `stage`; null: the first. */
  readonly name: string | null;
  /** For a session that some stage has begun: it goes on there also when the space has left it. */
  readonly isSession: boolean;
}

/** @returns the stage's service entry, or why there is none to lead to */
export function stageOf(
  state: Pick<SharedState, "space" | "service">,
  { spaceId, name, isSession }: StageAsked,
): Service | Refusal {
  const space = isSpaceId(spaceId) ? state.space(spaceId) : undefined;
  if (space === undefined) return refuse("not-found", "there is no such space");
  if (name !== null && !isSession && !stagesOf(space).includes(name)) {
    return refuse("not-found", "this space is on no such stage; leave ?stage= out for its first");
  }
  const stage = state.service(name ?? space.stageName);
  return stage?.role === "stage" ? stage : noService("the stage of this space");
}

/** Where there are two stages, a session's address says on which it is. */
export function withStage(location: string, stageName: string): string {
  const mark = location.includes("?") ? "&" : "?";
  return `${location}${mark}stage=${encodeURIComponent(stageName)}`;
}
