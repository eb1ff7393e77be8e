import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectRelay, type Relay, type RelayHubServer, serveRelayHub } from "@rostra/relay";
import { testMember, testSpace } from "@rostra/testkit";
import { FRAME_MS, newUserId, STATE_KEYS, systemClock } from "@rostra/wire";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Door } from "./load.ts";
import type { ProfileShares } from "./profile.ts";
import type { StageChildReport } from "./stage-child.ts";

const KEYS = await generateKeyPair("EdDSA", { extractable: true });

/** What the stage has counted since it began. */
export interface StageCounts {
  readonly frames: number;
  readonly lateTicks: number;
  readonly skippedFrames: number;
  readonly speakers: number;
  /** Ticks that took longer than half their time. */
  readonly slowTicks: number;
  readonly packets: number;
  /** Frames of speakers that were invented, since nothing came in time. */
  readonly concealed: number;
}

/** A real stage in a process of its own, with a real relay; this process plays control's part. */
export class LoadedStage {
  readonly #folder: string;
  readonly #hub: RelayHubServer;
  readonly #relay: Relay;
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(
    folder: string,
    hub: RelayHubServer,
    relay: Relay,
    child: ChildProcess,
    url: string,
  ) {
    this.#folder = folder;
    this.#hub = hub;
    this.#relay = relay;
    this.#child = child;
    this.#url = url;
  }

  static async start(): Promise<LoadedStage> {
    const folder = await mkdtemp(join(tmpdir(), "rostra-bench-"));
    const path = join(folder, "relay");
    const hub = await serveRelayHub(path);
    const relay = await connectRelay(path);
    relay.put(STATE_KEYS.verificationKey, await exportJWK(KEYS.publicKey));
    const child = fork(fileURLToPath(new URL("./stage-child.ts", import.meta.url)), [path], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const { ready } = await nextReport(child);
    return new LoadedStage(folder, hub, relay, child, ready!.url);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Opens a live space for as many people. @returns a way in for each */
  async openSpace(people: number): Promise<Door[]> {
    const ids = Array.from({ length: people }, () => newUserId());
    const space = testSpace({
      // Spaces are born at any time: their ticks fall anywhere within the 20 ms.
      epochMs: systemClock.nowMs() - Math.floor(Math.random() * FRAME_MS),
      members: ids.map((id) => testMember(id)),
    });
    this.#relay.put(STATE_KEYS.space(space.id), space);
    await this.#relay.flush();
    const url = `${this.#url}/api/v1/spaces/${space.id}/whip`;
    await untilKnown(url, await tokenOf(ids[0]!));
    return Promise.all(
      ids.map(async (id) => ({ kind: "whip" as const, url, token: await tokenOf(id) })),
    );
  }

  async counts(): Promise<StageCounts> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const read = (name: string): number => {
      const line = text.split("\n").find((one) => one.startsWith(`rostra_stage_${name} `));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
    return {
      frames: read("frames_total"),
      lateTicks: read("late_ticks_total"),
      skippedFrames: read("skipped_frames_total"),
      speakers: read("speakers"),
      packets: read("packets_received_total"),
      concealed: read("packets_concealed_total"),
      slowTicks: read("tick_seconds_count") - read('tick_seconds_bucket{le="0.01"}'),
    };
  }

  /** Where the JavaScript thread spends its time; measuring costs some itself. */
  async profile(ms: number): Promise<ProfileShares> {
    const report = nextReport(this.#child);
    this.#child.send({ profileMs: ms });
    return (await report).profile!;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
    await this.#relay.close();
    await this.#hub.close();
    await rm(this.#folder, { recursive: true });
  }
}

async function nextReport(child: ChildProcess): Promise<StageChildReport> {
  const gone = new AbortController();
  const exited = once(child, "exit", { signal: gone.signal }).then(([code]) => {
    throw new Error(`the stage ended with ${code}`);
  });
  try {
    const [report] = await Promise.race([once(child, "message"), exited]);
    return report as StageChildReport;
  } finally {
    exited.catch(() => {});
    gone.abort();
  }
}

async function tokenOf(userId: string): Promise<string> {
  return new SignJWT({ use: "access", name: "Somebody" })
    .setProtectedHeader({ alg: "EdDSA" })
    .setSubject(userId)
    .setIssuer("rostra")
    .setExpirationTime("6h")
    .sign(KEYS.privateKey);
}

/** The stage learns of a space by the relay: until then it answers that there is none. */
async function untilKnown(url: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "text/plain" };
  for (;;) {
    // No offer: the wrong media type is refused, but only where the space is known.
    const { status } = await fetch(url, { method: "POST", headers, body: "" });
    if (status !== 404 && status !== 401 && status !== 503) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
