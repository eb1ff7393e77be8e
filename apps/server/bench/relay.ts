/**
 * What one NATS server carries and what following costs an edge, by spaces; and what one control does a
 * second on PostgreSQL.
 *
 *     npm run bench:relay
 */

import { isService, STATE_KEYS } from "@rostra/wire";
import { TestFleet } from "./fleet/fleet.ts";
import { LoopbackNetwork } from "./fleet/loopback.ts";
import { measureActions } from "./relay/control-actions.ts";
import { type Load, type LoadResult, measureLoad } from "./relay/spaces.ts";

const MOST_SPACES = 1_000;
const LOADS: readonly Load[] = [
  { spaces: 1, followers: 1, putsPerSecond: 0 },
  { spaces: 50, followers: 1, putsPerSecond: 0 },
  { spaces: 200, followers: 1, putsPerSecond: 0 },
  { spaces: MOST_SPACES, followers: 1, putsPerSecond: 0 },
  { spaces: MOST_SPACES, followers: 1, followed: 50, putsPerSecond: 0 },
  { spaces: 50, followers: 4, putsPerSecond: 0 },
  { spaces: 1, followers: 1, putsPerSecond: 1_000 },
];

const share = (value: number) => `${(100 * value).toFixed(1)}%`;
const say = (line: string) => void process.stdout.write(`${line}\n`);

const fleet = new TestFleet(new LoopbackNetwork());
let broken = 0;
try {
  await fleet.start({ ROSTRA_LOG_LEVEL: "warn" }, ["control-1"]);
  say(
    "| spaces | of them followed | who follow | changes of state a second | nats-server | who makes them | each who follows | frames a second to each | missing | age, p99 | growth of each |",
  );
  say("|---|---|---|---|---|---|---|---|---|---|---|");
  const results: LoadResult[] = [];
  for (const load of LOADS) {
    const result = await measureLoad(load, fleet.natsUrls()[0]!, fleet.service("nats-1").pid!);
    results.push(result);
    broken += result.missing;
    say(rowOf(result));
  }
  say("");
  perSpace(results);
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
  const { spaces, followers, natsCpu, makerCpu, followerCpu, missing, ageP99Ms, growthMb } = one;
  const cells = [
    ...[spaces, one.followed ?? spaces, followers, one.changesPerSecond.toFixed(0)],
    ...[share(natsCpu), share(makerCpu), share(followerCpu)],
    ...[one.framesPerSecond.toFixed(0), missing, `${ageP99Ms.toFixed(1)} ms`],
    `${growthMb.toFixed(2)} MB/s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** What one space more costs, between the least and the most of them. */
function perSpace(results: readonly LoadResult[]): void {
  const least = results[0];
  const most = results.find(
    ({ spaces, followed }) => spaces === MOST_SPACES && followed === undefined,
  );
  const each = (of: (one: LoadResult) => number) =>
    ((of(most!) - of(least!)) / (most!.spaces - least!.spaces)) * 1_000;
  const [nats, maker, follower] = [
    each(({ natsCpu }) => natsCpu),
    each(({ makerCpu }) => makerCpu),
    each(({ followerCpu }) => followerCpu),
  ];
  say(
    `One space more: ${nats.toFixed(2)} ms of CPU a second at the server, ${maker.toFixed(2)} at who makes it, ` +
      `${follower.toFixed(2)} at each who follows it. One core of the server carries ${(1_000 / nats).toFixed(0)} spaces to one follower.`,
  );
}

function controlUrl(): string {
  let url = "";
  fleet.relay!.watch(STATE_KEYS.service("control-1"), (_, value) => {
    if (isService(value)) url = value.url;
  })();
  return url;
}
