import type { LoadResult } from "./spaces.ts";

/** The fleet that is reckoned with: spaces of some 50 listeners each, of which two edges follow each. */
const SPACES = 10_000;
const EDGES = 40;
const FOLLOWERS = 2;
/** Who speaks changes so often in each space, a second: assumed. */
const ACTIVITY_PER_SPACE = 0.5;

/** What one space more costs, ms of CPU a second. */
export interface SpaceCost {
  readonly nats: number;
  /** Each stage that makes it. */
  readonly maker: number;
  /** Each process that follows it. */
  readonly follower: number;
  readonly stages: number;
}

/** @param least,most loads that differ in how many spaces there are and that are all followed */
export function costOfSpace(least: LoadResult, most: LoadResult): SpaceCost {
  const each = (of: (one: LoadResult) => number) =>
    ((of(most) - of(least)) / (most.spaces - least.spaces)) * 1_000;
  return {
    nats: each(({ natsCpu }) => natsCpu),
    maker: each(({ makerCpu }) => makerCpu),
    follower: each(({ followerCpu }) => followerCpu),
    stages: most.pairs === undefined ? 1 : 2,
  };
}

/** What one change of shared state costs, us: the server, and each process that hears of it. */
export interface ChangeCost {
  readonly nats: number;
  readonly each: number;
}

/** @param quiet,changing loads that differ in how much state changes */
export function costOfChange(quiet: LoadResult, changing: LoadResult): ChangeCost {
  const us = (of: (one: LoadResult) => number) =>
    ((of(changing) - of(quiet)) / changing.changesPerSecond) * 1_000_000;
  return { nats: us(({ natsCpu }) => natsCpu), each: us(({ bystanderCpu }) => bystanderCpu) };
}

/** Ten thousand live spaces with voices all the time, on one stage each and on two: rows of a table. */
export function tenThousandSpaces(
  [alone, paired]: readonly [SpaceCost, SpaceCost],
  change: ChangeCost,
): string[] {
  const cores = (ms: number) => `${(ms / 1_000).toFixed(2)} cores`;
  const row = (what: string, of: (cost: SpaceCost) => number, how: string) =>
    `| ${what} | ${cores(of(alone))} | ${cores(of(paired))} | ${how} |`;
  const carried = (SPACES * FOLLOWERS) / EDGES;
  const changes = SPACES * ACTIVITY_PER_SPACE;
  const activity = (us: number) => () => (changes * us) / 1_000;
  return [
    `| ${SPACES} live spaces, by calculation | without pairs | with pairs | how |`,
    "|---|---|---|---|",
    row("each edge, the relay's part", ({ follower }) => carried * follower, `${carried} spaces`),
    row("each NATS server", ({ nats }) => SPACES * FOLLOWERS * nats, `${FOLLOWERS} follow each`),
    row(
      "all stages, the relay's part",
      ({ maker, stages }) => SPACES * stages * maker,
      "one stage for each, or two; with pairs both tell each other the time",
    ),
    row(
      "who speaks, in each process",
      activity(change.each),
      `${changes} changes a second, which everybody hears`,
    ),
  ];
}
