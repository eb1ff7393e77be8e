/**
 * What one NATS server carries and what following costs an edge, by spaces; and what one control does a
 * second on PostgreSQL.
 *
 *     npm run bench:relay
 */

import { isService, STATE_KEYS } from "@rostra/wire";
import { TestFleet } from "./fleet/fleet.ts";
import { LoopbackNetwork } from "./fleet/loopback.ts";
import {
  costOfChange,
  costOfSpace,
  type SpaceCost,
  tenThousandSpaces,
} from "./relay/calculation.ts";
import { measureActions } from "./relay/control-actions.ts";
import { type Load, type LoadResult, measureLoad } from "./relay/spaces.ts";

const MOST_SPACES = 1_000;
/** Two stages for each, and what they say is merged: as much as two cores carry beside the server. */
const MOST_PAIRS = 400;
const LOADS: readonly Load[] = [
  { spaces: 1, followers: 1, putsPerSecond: 0 },
  { spaces: 50, followers: 1, putsPerSecond: 0 },
  { spaces: 200, followers: 1, putsPerSecond: 0 },
  { spaces: MOST_SPACES, followers: 1, putsPerSecond: 0 },
  { spaces: MOST_SPACES, followers: 1, followed: 50, putsPerSecond: 0 },
  { spaces: 50, followers: 4, putsPerSecond: 0 },
  { spaces: 1, followers: 1, putsPerSecond: 1_000 },
  { spaces: 1, followers: 1, putsPerSecond: 0, pairs: "the other" },
  { spaces: MOST_PAIRS, followers: 1, putsPerSecond: 0, pairs: "the other" },
  { spaces: MOST_PAIRS, followers: 1, followed: 20, putsPerSecond: 0, pairs: "the other" },
  { spaces: MOST_PAIRS, followers: 1, followed: 20, putsPerSecond: 0, pairs: "everybody" },
];

/** Of one a second. */
const TIMINGS_IN_TIME = 0.9;

const share = (value: number) => `${(100 * value).toFixed(1)}%`;
const say = (line: string) => void process.stdout.write(`${line}\n`);

const fleet = new TestFleet(new LoopbackNetwork());
let broken = 0;
try {
  await fleet.start({ ROSTRA_LOG_LEVEL: "warn" }, ["control-1"]);
  say(
    "| spaces | stages of each | of them followed | who follow | changes of state a second | nats-server | each who makes them | each who follows | who follows none | frames a second to each | missing | age, p99 | growth of each |",
  );
  say("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
  const results: LoadResult[] = [];
  for (const load of LOADS) {
    const result = await measureLoad(load, fleet.natsUrls()[0]!, fleet.service("nats-1").pid!);
    results.push(result);
    broken += result.missing;
    // Each stage hears the other once a second.
    if ((result.timingsPerSpace ?? 1) < TIMINGS_IN_TIME) broken += 1;
    say(rowOf(result));
  }
  say("");
  const alone = costOfSpace(loadOf(results, 1), loadOf(results, MOST_SPACES));
  const paired = costOfSpace(loadOf(results, 1, 2), loadOf(results, MOST_PAIRS, 2));
  say(`One space more ${perSpace(alone)}.`);
  say(`On two stages ${perSpace(paired)}.`);
  say("");
  const changing = results.find(({ putsPerSecond }) => putsPerSecond > 0)!;
  const change = costOfChange(loadOf(results, 1), changing);
  for (const row of tenThousandSpaces([alone, paired], change)) say(row);
  say("");
  say("| on PostgreSQL, one control, 32 under way | a second | p50 | p99 | failed |");
  say("|---|---|---|---|---|");
  for (const one of await measureActions(controlUrl())) {
    const { action, perSecond, p50Ms, p99Ms, failed } = one;
    broken += failed;
    say(
      `| ${action} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(1)} ms | ${p99Ms.toFixed(1)} ms | ${failed} |`,
    );
  }
} finally {
  await fleet.stop();
}
process.exit(broken === 0 ? 0 : 1);

function rowOf(one: LoadResult): string {
  const { spaces, followers, natsCpu, makerCpu, followerCpu, bystanderCpu } = one;
  const { missing, ageP99Ms, growthMb } = one;
  const stages = one.pairs === "everybody" ? "2, which tell everybody" : stagesIn(one);
  const cells = [
    ...[spaces, stages, one.followed ?? spaces, followers, one.changesPerSecond.toFixed(0)],
    ...[share(natsCpu), share(makerCpu), share(followerCpu), share(bystanderCpu)],
    ...[one.framesPerSecond.toFixed(0), missing, `${ageP99Ms.toFixed(1)} ms`],
    `${growthMb.toFixed(2)} MB/s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** With all spaces followed, and no state that changes. */
function loadOf(results: readonly LoadResult[], spaces: number, stages = 1): LoadResult {
  return results.find(
    (one) =>
      one.spaces === spaces &&
      stagesIn(one) === stages &&
      one.followed === undefined &&
      one.putsPerSecond === 0,
  )!;
}

function stagesIn({ pairs }: Load): number {
  return pairs === undefined ? 1 : 2;
}

function perSpace({ nats, maker, follower }: SpaceCost): string {
  return (
    `costs the server ${nats.toFixed(2)} ms of CPU a second, each who makes it ${maker.toFixed(2)}, ` +
    `each who follows it ${follower.toFixed(2)}; one core of the server carries ${(1_000 / nats).toFixed(0)} to one follower`
  );
}

function controlUrl(): string {
  let url = "";
  fleet.relay!.watch(STATE_KEYS.service("control-1"), (_, value) => {
    if (isService(value)) url = value.url;
  })();
  return url;
}
