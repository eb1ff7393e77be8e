import type { Relay } from "@rostra/relay";
import {
  type Clock,
  hasProgram,
  isService,
  type SpaceSnapshot,
  STATE_KEYS,
  stagesOf,
} from "@rostra/wire";

export interface DrainOptions {
  /** How long it may take, ms. */
  readonly withinMs: number;
  /** Aborted: nothing is waited for any more. */
  readonly hurry: AbortSignal;
}

const LOOK_EVERY_MS = 100;

/** Waits until control has moved all spaces with a program away from this stage. Never rejects. */
export async function spacesHaveLeft(
  stageName: string,
  spaces: { all(): Iterable<SpaceSnapshot> },
  { withinMs, hurry, clock }: DrainOptions & { readonly clock: Clock },
): Promise<void> {
  const untilMs = clock.nowMs() + withinMs;
  const isOurs = (space: SpaceSnapshot) =>
    hasProgram(space.state) && stagesOf(space).includes(stageName);
  while (!hurry.aborted && clock.nowMs() < untilMs && [...spaces.all()].some(isOurs)) {
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(LOOK_EVERY_MS, resolve);
    await promise;
  }
}

/** Whether there is another stage that stays: without one nothing is worth waiting for. */
export function anotherStays(relay: Pick<Relay, "watch">, stageName: string): boolean {
  const staying = new Set<string>();
  // What is known already is told at once.
  const unwatch = relay.watch(STATE_KEYS.services, (_key, value) => {
    if (!isService(value) || value.role !== "stage" || value.name === stageName) return;
    if (value.isDraining !== true) staying.add(value.name);
  });
  unwatch();
  return staying.size > 0;
}
