/**
 * Rostra's stage beside Janus's AudioBridge (Debian's package `janus`, installed where that can be
 * done): the same participants by the same WebRTC library, one server after the other in one run.
 * CPU a participant, and mouth to ear in a room of two more, while the others load the server.
 *
 *     npm run bench:janus [-- seconds per case]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { returnEncoding } from "../src/encode/return-feed.ts";
import { processCpuMs } from "./support/cpu.ts";
import { ensureJanus, JanusServer } from "./support/janus-server.ts";
import { type Door, Load, type Participant } from "./support/load.ts";
import { LoadedStage } from "./support/loaded-stage.ts";

const SECONDS = Number(process.argv[2] ?? 30);
const ROOM = 12;
const SETTLE_MS = 8_000;
const ATTEMPTS = 3;
const CASES = [
  { people: 12, talkers: 12 },
  { people: 12, talkers: 3 },
  { people: 24, talkers: 12 },
  { people: 24, talkers: 3 },
] as const;
type Case = (typeof CASES)[number];

/** A server under test. */
interface Contestant {
  readonly name: string;
  /** @returns its process, and a way into each room for each of its people */
  start(roomSizes: readonly number[]): Promise<Running>;
}

interface Running {
  readonly pid: number;
  readonly rooms: readonly (readonly Door[])[];
  close(): Promise<void>;
}

interface Result {
  readonly cpuMsPerSecond: number;
  readonly latenciesMs: readonly number[];
  readonly tonesSent: number;
}

const rostra: Contestant = {
  name: "Rostra",
  start: async (roomSizes) => {
    const stage = await LoadedStage.start();
    const rooms: Door[][] = [];
    for (const size of roomSizes) rooms.push(await stage.openSpace(size));
    return { pid: stage.pid, rooms, close: () => stage.close() };
  },
};

function janus(prebuffering: number): Contestant {
  return {
    name: `Janus, prebuffering ${prebuffering}`,
    start: async (roomSizes) => {
      const server = await JanusServer.start({
        count: roomSizes.length,
        prebuffering,
        complexity: returnEncoding(1).complexity ?? 10,
        bitrate: returnEncoding(1).bitrate,
      });
      const rooms = roomSizes.map((size, room) =>
        Array.from({ length: size }, () => server.door(room + 1)),
      );
      return { pid: server.pid, rooms, close: () => server.close() };
    },
  };
}

/** Now and then the library refuses an answer of Janus's: such a run says nothing of either. */
async function run(contestant: Contestant, one: Case): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(contestant, one);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      process.stderr.write(`${contestant.name}: once more, since ${String(error)}\n`);
    }
  }
}

async function runOnce(contestant: Contestant, { people, talkers }: Case): Promise<Result> {
  const crowded = Array.from({ length: people / ROOM }, () => ROOM);
  const server = await contestant.start([...crowded, 2]);
  const load = new Load();
  try {
    for (const doors of server.rooms.slice(0, -1)) {
      await load.connect(
        doors.map((door, index) => ({ door, sound: index < talkers ? "speech" : "quiet" })),
      );
    }
    await load.connect(pair(server.rooms.at(-1)!));
    await sleep(SETTLE_MS);
    await load.tones();
    const beforeMs = processCpuMs(server.pid);
    const startMs = performance.now();
    await sleep(SECONDS * 1000);
    const usedMs = processCpuMs(server.pid) - beforeMs;
    const seconds = (performance.now() - startMs) / 1000;
    const { latenciesMs, sent } = await load.tones();
    return { cpuMsPerSecond: usedMs / seconds, latenciesMs, tonesSent: sent };
  } finally {
    await load.close();
    await server.close();
  }
}

/** One who sends tones, and one who is silent and listens for them. */
function pair(doors: readonly Door[]): Participant[] {
  return [
    { door: doors[0]!, sound: "tones" },
    { door: doors[1]!, sound: "quiet", ears: true },
  ];
}

function row(contestant: Contestant, { people, talkers }: Case, result: Result): string {
  const speaking = talkers === ROOM ? "everyone" : `${talkers} of ${ROOM}`;
  const each = result.cpuMsPerSecond / (people + 2);
  const sorted = [...result.latenciesMs].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(
      1,
    );
  return `| ${people} + 2 | ${speaking} | ${contestant.name} | ${each.toFixed(2)} ms/s | ${at(0.5)} ms | ${at(0.99)} ms | ${sorted.length} of ${result.tonesSent} |`;
}

ensureJanus();
const lines = [
  "| participants | speaking | server | CPU a participant | mouth to ear p50 | p99 | tones heard |",
  "|---|---|---|---|---|---|---|",
];
for (const one of CASES) {
  // Janus's own choice, and what comes nearest to where our jitter buffer begins.
  for (const contestant of [rostra, janus(6), janus(2)]) {
    lines.push(row(contestant, one, await run(contestant, one)));
    process.stderr.write(`${lines.at(-1)}\n`);
  }
}
process.stdout.write(`${lines.join("\n")}\n`);
process.exit(0);
