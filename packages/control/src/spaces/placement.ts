import type { Relay, Unsubscribe } from "@rostra/relay";
import { hasProgram, isService, type SpaceSnapshot, STATE_KEYS } from "@rostra/wire";

/** Where a space goes while no stage is known: the one that `npm start` runs. */
const FALLBACK_STAGE = "stage-1";

/**
 * Knows which stages live, and gives each new space to the one with the fewest programs. A space
 * stays where it was put: who follows it finds the stage by the name in its snapshot.
 */
export class Placement {
  readonly #stages = new Set<string>();
  readonly #unwatch: Unsubscribe;

  constructor(relay: Relay) {
    this.#unwatch = relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      const stays = isService(value) && value.role === "stage" && value.isDraining !== true;
      if (stays) this.#stages.add(name);
      else this.#stages.delete(name);
    });
  }

  /**
   * @param spaces all that may have a program: they are the stages' load
   * @returns the name of a stage; of equals the first by name, so that tests can tell
   */
  choose(spaces: Iterable<SpaceSnapshot>): string {
    const load = new Map([...this.#stages].sort().map((name) => [name, 0]));
    for (const { state, stageName } of spaces) {
      const count = load.get(stageName);
      if (count !== undefined && hasProgram(state)) load.set(stageName, count + 1);
    }
    let best = FALLBACK_STAGE;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [name, count] of load) {
      if (count >= fewest) continue;
      best = name;
      fewest = count;
    }
    return best;
  }

  close(): void {
    this.#unwatch();
  }
}
