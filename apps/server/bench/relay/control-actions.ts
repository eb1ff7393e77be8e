import { TestApi, type TestGuest } from "@rostra/testkit";
import type { SpaceId } from "@rostra/wire";
import { percentile } from "../statistics.ts";

const MEASURE_MS = 5_000;
/** Under way at once: as of so many busy hosts. */
const CONCURRENT = 32;

export interface ActionResult {
  readonly action: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

interface Room {
  readonly id: SpaceId;
  readonly host: TestGuest;
  readonly guest: TestGuest;
}

/** What a control does a second, by its own HTTP listener, with everything written to PostgreSQL. */
export async function measureActions(url: string): Promise<ActionResult[]> {
  const api = new TestApi(url);
  const hosts: TestGuest[] = [];
  for (let at = 0; at < CONCURRENT; at += 1) hosts.push(await api.guest(`Host ${at}`));
  const rooms = await Promise.all(hosts.map((host) => roomOf(api, host)));
  return [
    await measure("a guest's token", (at) => api.guest(`Guest ${at}`)),
    await measure("open a space", (at) => api.openSpace(hosts[at % CONCURRENT]!, "A space")),
    await measure("raise a hand, or lower it", (at, round) => {
      const { id, guest } = rooms[at]!;
      const method = round % 2 === 0 ? "PUT" : "DELETE";
      return api.call(method, `/spaces/${id}/hand`, guest.token);
    }),
    await measure("mute, or unmute oneself", (at, round) => {
      const { id, host } = rooms[at]!;
      return api.setMuted(host, id, host, round % 2 === 0);
    }),
  ];
}

async function roomOf(api: TestApi, host: TestGuest): Promise<Room> {
  const { id } = await api.openSpace(host, "Measured");
  await api.goLive(host, id);
  return { id, host, guest: await api.guest("Guest") };
}

/** @param act what each of those under way does, one after the other */
async function measure(
  action: string,
  act: (at: number, round: number) => Promise<unknown>,
): Promise<ActionResult> {
  const tookMs: number[] = [];
  let failed = 0;
  const untilMs = performance.now() + MEASURE_MS;
  const work = async (at: number) => {
    for (let round = 0; performance.now() < untilMs; round += 1) {
      const fromMs = performance.now();
      await act(at, round).catch(() => {
        failed += 1;
      });
      tookMs.push(performance.now() - fromMs);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, (_, at) => work(at)));
  return {
    action,
    perSecond: (tookMs.length - failed) / (MEASURE_MS / 1_000),
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    failed,
  };
}
