import { setTimeout as sleep } from "node:timers/promises";
import type { BenchCrowd } from "../bench-crowd.ts";
import type { LiveEvent } from "./event.ts";
import type { TestFleet } from "./fleet.ts";
import { libfaketime } from "./needs.ts";
import type { Host, Traffic } from "./network.ts";

export interface Scene {
  readonly fleet: TestFleet;
  readonly event: LiveEvent;
  readonly crowd: BenchCrowd;
}

/** One fault: what is done, and undone, under a live event. */
export interface FaultCase {
  /** For the command line. */
  readonly id: string;
  /** For the table. */
  readonly title: string;
  readonly needs?: "links" | "pair";
  /** What comes before it is measured. */
  prepare?(scene: Scene): Promise<void>;
  /** Resolves when the fault is over, or is what it will stay. */
  inject(scene: Scene): Promise<void>;
  /** What comes after it was measured. */
  restore?(scene: Scene): Promise<void>;
}

const LASTS_MS = 3_000;
const LOSS = 0.2;
const DELAY_MS = 300;
const CLOCK_SECONDS = 2;
const NATS = ["nats-1", "nats-2"] as const;

/** Which host a fault is for: the space's own stages are known only when it happens. */
type Victim = Host | "first stage" | "second stage";

const VICTIMS: readonly (readonly [string, Victim])[] = [
  ["stage", "first stage"],
  ["second", "second stage"],
  ["edge", "edge-1"],
  ["control", "control-1"],
  ["nats", "nats-1"],
  ["postgres", "postgres"],
];

function hostOf({ event }: Scene, victim: Victim): Host {
  const [first, second] = event.stages();
  if (victim === "first stage") return first!;
  return victim === "second stage" ? second! : victim;
}

function nameOf(victim: Victim): string {
  if (victim === "postgres") return "PostgreSQL";
  return victim.startsWith("nats")
    ? "one NATS server"
    : victim.replace(/^(edge|control)-1/, "one $1");
}

const needsOf = (victim: Victim, links: boolean) => {
  if (victim === "second stage") return { needs: "pair" } as const;
  return links ? ({ needs: "links" } as const) : {};
};

function kill([id, victim]: (typeof VICTIMS)[number]): FaultCase {
  return {
    id: `kill-${id}`,
    title: `kill -9: ${nameOf(victim)}`,
    ...needsOf(victim, false),
    async inject(scene) {
      await restart(scene, hostOf(scene, victim), {});
    },
  };
}

function pause([id, victim]: (typeof VICTIMS)[number]): FaultCase {
  return {
    id: `pause-${id}`,
    title: `SIGSTOP for 3 s: ${nameOf(victim)}`,
    ...needsOf(victim, false),
    async inject(scene) {
      const service = scene.fleet.service(hostOf(scene, victim));
      service.pause();
      await sleep(LASTS_MS);
      service.resume();
    },
  };
}

function cut([id, victim]: (typeof VICTIMS)[number]): FaultCase {
  return link(`cut-${id}`, `cable out for 3 s: ${nameOf(victim)}`, victim, ({ fleet }, host) =>
    fleet.network.unplug(host),
  );
}

/** A fault of a host's link, mended after three seconds. */
function link(
  id: string,
  title: string,
  victim: Victim,
  harm: (scene: Scene, host: Host) => Promise<void> | void,
): FaultCase {
  return {
    id,
    title,
    ...needsOf(victim, true),
    async inject(scene) {
      await harm(scene, hostOf(scene, victim));
      await sleep(LASTS_MS);
      scene.fleet.network.heal();
    },
  };
}

interface Drops extends Pick<Traffic, "direction"> {
  /** Left out: from and to all others. */
  readonly peers?: readonly Host[];
  /** 0 to 1; left out: all. */
  readonly share?: number;
}

function dropped(
  [id, title]: readonly [string, string],
  victim: Victim,
  { direction, peers = [], share = 1 }: Drops,
): FaultCase {
  return link(id, title, victim, ({ fleet: { network } }, host) => {
    if (peers.length === 0) network.drop({ host, direction }, share);
    for (const peer of peers) network.drop({ host, direction, peer }, share);
  });
}

const late = (id: string, victim: Victim) =>
  link(
    `delay-${id}`,
    `${DELAY_MS} ms more, both ways, for 3 s: ${nameOf(victim)}`,
    victim,
    (scene, host) => scene.fleet.network.delay(host, DELAY_MS / 2),
  );

/** A host whose clock is wrong from its start on: processes of ours don't follow steps. */
function clock(id: string, victim: "stage" | "edge-1" | "control-1", seconds: number): FaultCase {
  const ahead = seconds > 0 ? "ahead" : "behind";
  let host: Host = victim === "stage" ? "stage-1" : victim;
  const name = victim === "stage" ? "first stage" : nameOf(victim);
  return {
    id,
    title: `clock ${Math.abs(seconds)} s ${ahead}: ${name}`,
    async prepare(scene) {
      if (victim === "stage")
        host = hostOf(scene, "first stage") === "stage-1" ? "stage-2" : "stage-1";
      await restart(scene, host, {
        LD_PRELOAD: libfaketime()!,
        FAKETIME: `${seconds > 0 ? "+" : ""}${seconds}s`,
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      });
      for (let tries = 0; victim === "stage" && tries < 4; tries += 1) {
        if (hostOf(scene, "first stage") === host) break;
        await restart(scene, hostOf(scene, "first stage"), {});
        await sleep(2_000);
      }
      await sleep(3_000);
    },
    inject: () => sleep(LASTS_MS),
    async restore(scene) {
      await restart(scene, host, {});
    },
  };
}

/** Killed; its service manager starts it again, on a machine that is as `env` says. */
async function restart({ fleet }: Scene, host: Host, env: Record<string, string>): Promise<void> {
  const service = fleet.service(host);
  service.extraEnv = env;
  await service.kill();
  await sleep(1_200);
  await service.isReady();
}

/** Each stage of a pair reaches a NATS server of its own alone: they don't hear of each other. */
const splitBrain: FaultCase = {
  id: "split",
  title: "both stages alive, cut from each other for 5 s; all muted for 3 s of it",
  needs: "pair",
  async inject(scene) {
    const { fleet, event } = scene;
    const [first, second] = event.stages();
    fleet.network.drop({ host: first!, direction: "both", peer: "nats-2" }, 1);
    fleet.network.drop({ host: second!, direction: "both", peer: "nats-1" }, 1);
    fleet.network.drop({ host: first!, direction: "both", peer: second! }, 1);
    await sleep(1_000);
    await event.muteAll(LASTS_MS);
    await sleep(1_000);
    fleet.network.heal();
  },
};

const nothing: FaultCase = { id: "nothing", title: "nothing", inject: () => sleep(LASTS_MS) };

export const CASES: readonly FaultCase[] = [
  nothing,
  ...VICTIMS.map(kill),
  ...VICTIMS.map(pause),
  ...VICTIMS.map(cut),
  dropped(["dumb-stage", "half cut, what it sends is lost: first stage"], "first stage", {
    direction: "from",
  }),
  dropped(["deaf-stage", "half cut, what it is sent is lost: first stage"], "first stage", {
    direction: "to",
  }),
  dropped(["dumb-nats", "half cut, what it sends is lost: one NATS server"], "nats-1", {
    direction: "from",
  }),
  dropped(["deaf-edge", "half cut, what one NATS server sends it is lost: one edge"], "edge-1", {
    direction: "to",
    peers: ["nats-1"],
  }),
  dropped(
    ["deaf-edge-both", "half cut, what both NATS servers send it is lost: one edge"],
    "edge-1",
    {
      direction: "to",
      peers: NATS,
    },
  ),
  dropped(["dumb-edge", "half cut, what it sends is lost: one edge"], "edge-1", {
    direction: "from",
  }),
  dropped(["cut-stage-nats", "cut between first stage and one NATS server"], "first stage", {
    direction: "both",
    peers: ["nats-1"],
  }),
  dropped(["loss-stage", "20% of packets lost for 3 s: first stage"], "first stage", {
    direction: "both",
    share: LOSS,
  }),
  dropped(["loss-nats", "20% of packets lost for 3 s: one NATS server"], "nats-1", {
    direction: "both",
    share: LOSS,
  }),
  dropped(
    ["loss-nats-edge", "20% of packets from both NATS servers lost for 3 s: one edge"],
    "edge-1",
    { direction: "to", peers: NATS, share: LOSS },
  ),
  dropped(["loss-edge", "20% of packets lost for 3 s, its listeners' too: one edge"], "edge-1", {
    direction: "both",
    share: LOSS,
  }),
  late("stage", "first stage"),
  late("nats", "nats-1"),
  clock("clock-stage-ahead", "stage", CLOCK_SECONDS),
  clock("clock-stage-behind", "stage", -CLOCK_SECONDS),
  clock("clock-edge-ahead", "edge-1", CLOCK_SECONDS),
  clock("clock-edge-behind", "edge-1", -CLOCK_SECONDS),
  clock("clock-control-ahead", "control-1", CLOCK_SECONDS),
  clock("clock-control-behind", "control-1", -CLOCK_SECONDS),
  splitBrain,
];
