import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  hasProgram,
  isService,
  isStageLoad,
  type Service,
  type SpaceSnapshot,
  STATE_KEYS,
  type StageLoad,
  stagesOf,
} from "@rostra/wire";

/** Where a space goes while no stage is known: the one that `npm start` runs. */
const FALLBACK_STAGE = "stage-1";
/** What a program adds to a stage's utilisation until that shows in what the stage says. */
const PROGRAM_UTILISATION = 0.03;
/** Stages this close are equally loaded: what is measured moves by as much without reason. */
const SAME_UTILISATION = 0.05;

/** A stage that is there, as far as it has said of itself. */
interface KnownStage {
  readonly service: Service;
  readonly load: StageLoad | undefined;
}

/**
 * Knows which stages live and how full they are, and says which has the most room. A space stays
 * where it was put: who follows it finds its stages by the names in its snapshot.
 */
export class Placement {
  readonly #services = new Map<string, Service>();
  readonly #loads = new Map<string, StageLoad>();
  readonly #pairs: boolean;
  readonly #unwatches: readonly Unsubscribe[];

  /** @param options `pairs`: whether spaces get a second stage where there is one */
  constructor(relay: Relay, { pairs = false }: { readonly pairs?: boolean } = {}) {
    this.#pairs = pairs;
    const services = relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      if (isService(value) && value.role === "stage") this.#services.set(name, value);
      else this.#services.delete(name);
    });
    const loads = relay.watch(STATE_KEYS.stageLoads, (key, value) => {
      const name = key.slice(STATE_KEYS.stageLoads.length);
      if (isStageLoad(value)) this.#loads.set(name, value);
      else this.#loads.delete(name);
    });
    this.#unwatches = [services, loads];
  }

  /** Whether a stage of that name is there now. */
  has(name: string): boolean {
    return this.#services.has(name);
  }

  /** Names of all that are there, in their order. */
  get all(): readonly string[] {
    return [...this.#services.keys()].sort();
  }

  /**
   * @param spaces all that may have a program: they are the stages' load
   * @returns the name of a stage; of equals the first by name, so that tests can tell
   */
  choose(spaces: Iterable<SpaceSnapshot>): string {
    const { all } = this;
    const roomy = all.filter((name) => this.#takesMore(name));
    // Better a stage that is full than none; and one that goes, where nobody else is there.
    const staying = all.filter((name) => !this.#isDraining(name));
    const candidates = [roomy, staying, all].find(({ length }) => length > 0) ?? [];
    return this.#best(candidates, spaces) ?? FALLBACK_STAGE;
  }

  /**
   * A stage to run a space beside another one, on another machine if there is one.
   * @param spaces asked for where there is a choice
   * @returns undefined where there is none but that one, or spaces have one stage each
   */
  chooseBeside(first: string, spaces: () => Iterable<SpaceSnapshot>): string | undefined {
    if (!this.#pairs) return undefined;
    const others = this.all.filter((name) => name !== first && this.#takesMore(name));
    const elsewhere = others.filter((name) => !this.#shareMachine(first, name));
    const candidates = elsewhere.length > 0 ? elsewhere : others;
    return candidates.length > 1 ? this.#best(candidates, spaces()) : candidates[0];
  }

  /** The one with the most room; undefined of none. */
  #best(candidates: readonly string[], spaces: Iterable<SpaceSnapshot>): string | undefined {
    const programs = new Map(candidates.map((name) => [name, 0]));
    for (const space of spaces) {
      if (!hasProgram(space.state)) continue;
      for (const name of stagesOf(space)) {
        const count = programs.get(name);
        if (count !== undefined) programs.set(name, count + 1);
      }
    }
    const rank = (name: string) => this.#rank(name, programs.get(name)!);
    return candidates.toSorted((a, b) => compare(rank(a), rank(b)))[0];
  }

  /** Utilisation in steps, then programs: the less of both, the more room. */
  #rank(name: string, programs: number): readonly [number, number] {
    const load = this.#loads.get(name);
    const unseen = Math.max(0, programs - (load?.programs ?? programs));
    const utilisation = (load?.utilisation ?? 0) + unseen * PROGRAM_UTILISATION;
    return [Math.round(utilisation / SAME_UTILISATION), programs];
  }

  #takesMore(name: string): boolean {
    return !this.#isDraining(name) && (this.#loads.get(name)?.accepts ?? true);
  }

  #isDraining(name: string): boolean {
    const { service, load } = this.#known(name);
    return service.isDraining === true || load?.isDraining === true;
  }

  /** By what they say of their machine, else by where their internal listeners are. */
  #shareMachine(one: string, other: string): boolean {
    if (!this.#services.has(one)) return false;
    const machine = ({ service, load }: KnownStage) =>
      load?.machine ?? URL.parse(service.url)?.hostname;
    return machine(this.#known(one)) === machine(this.#known(other));
  }

  #known(name: string): KnownStage {
    return { service: this.#services.get(name)!, load: this.#loads.get(name) };
  }

  close(): void {
    for (const unwatch of this.#unwatches) unwatch();
  }
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}
