/**
 * What an edge lets go of under pressure, in this order and no other. Sound isn't in the list: it
 * goes last, and not by this policy.
 */
export const SHED_ORDER = ["reactions", "people", "counts", "notices"] as const;
/** reactions: emoji. people: the people list. counts: how many listen. notices: who speaks. */
export type Sheddable = (typeof SHED_ORDER)[number];

/** How hard an edge is pressed, each as a share: 1 is all there is. */
export interface Pressure {
  /** Of the last second, in which its event loop was busy. */
  readonly utilisation: number;
  /** Of the memory that the process may use. */
  readonly memory: number;
  /** Of its mark: how many listeners it has against how many it should have. */
  readonly listeners: number;
}

/**
 * From which pressure on one more thing is let go. An edge lengthens its cadence well before the
 * first of these; full to its mark is no pressure, above it is.
 */
const STEPS: { readonly [Kind in keyof Pressure]: readonly [number, number, number, number] } = {
  utilisation: [0.85, 0.9, 0.94, 0.97],
  memory: [0.9, 0.93, 0.95, 0.97],
  listeners: [1.02, 1.05, 1.1, 1.15],
};
/** Calm is this share of the step: what was let go must not swing with every second. */
const CALM = 0.93;
/** Updates in a row that must be calm before one thing comes back. */
const CALM_UPDATES = 5;

/** How many things a pressure asks to be without, at a share of each step. */
function asked(pressure: Pressure, share: number): number {
  const above = (kind: keyof Pressure) =>
    STEPS[kind].filter((step) => pressure[kind] >= step * share).length;
  return Math.max(above("utilisation"), above("memory"), above("listeners"));
}

/**
 * Decides what an edge is without for the moment. One thing more at each update while pressed, one
 * less after five calm ones: quick to help, slow to trust. Pure: whoever owns it says when.
 */
export class Shedding {
  #level = 0;
  #calmUpdates = 0;

  /** How many things are let go of: 0 to 4, from the front of {@link SHED_ORDER}. */
  get level(): number {
    return this.#level;
  }

  /** True while nobody should be sent `what`, and no work done for it. */
  sheds(what: Sheddable): boolean {
    return SHED_ORDER.indexOf(what) < this.#level;
  }

  /**
   * Once a second.
   * @returns whether anything has changed
   */
  update(pressure: Pressure): boolean {
    if (asked(pressure, 1) > this.#level) {
      this.#calmUpdates = 0;
      this.#level += 1;
      return true;
    }
    const calm = asked(pressure, CALM) < this.#level;
    this.#calmUpdates = calm ? this.#calmUpdates + 1 : 0;
    if (this.#calmUpdates < CALM_UPDATES) return false;
    this.#calmUpdates = 0;
    this.#level -= 1;
    return true;
  }
}
