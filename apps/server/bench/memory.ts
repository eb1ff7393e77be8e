/**
 * Memory of each process while a space is live: two people speak, fifty listen.
 *
 *     npm run bench:memory [-- minutes]
 */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { loadOpus } from "@rostra/sound";
import { RostraProcess, speak, TestApi, WebSocketListener, WhipPeer } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";

const MINUTES = Number(process.argv[2] ?? 30);
const LISTENERS = 50;
const ROLES = ["control-1", "stage-1", "edge-1", "edge-2"] as const;

const nowMs = () => performance.now();

const opus = await loadOpus();
const encoder = await opus.createEncoder({ bitrate: 32_000 });
const voice = await speak("The memory of each process should be flat while people speak.");
const packets: Uint8Array[] = [];
for (let at = 0; at + FRAME_SAMPLES <= voice.length; at += FRAME_SAMPLES) {
  packets.push(encoder.encode(voice.subarray(at, at + FRAME_SAMPLES)));
}

const rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
const api = new TestApi(rostra.url);
const ada = await api.guest("Ada");
const bo = await api.guest("Bo");
const space = await api.openSpace(ada, "Memory");
await api.bringOnStage(ada, space.id, bo);
await api.goLive(ada, space.id);
const whipUrl = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
const speakers = [
  await WhipPeer.connect(whipUrl, ada.token),
  await WhipPeer.connect(whipUrl, bo.token),
];
const listeners = Array.from(
  { length: LISTENERS },
  () => new WebSocketListener(rostra.url, space.id),
);

process.stdout.write(`minute  ${["supervisor", ...ROLES].join("  ")}  (RSS, MB)\n`);
const startedMs = nowMs();
let minute = -1;
for (let frame = 0; nowMs() - startedMs < MINUTES * 60_000; frame += 1) {
  const waitMs = startedMs + frame * FRAME_MS - nowMs();
  if (waitMs > 0) await sleep(waitMs);
  for (const [index, speaker] of speakers.entries()) {
    speaker.send(packets[(frame + index * 97) % packets.length]!, frame * FRAME_SAMPLES);
  }
  // What this process keeps of the sound must not become what is measured.
  if (frame % 500 === 0) for (const listener of listeners) listener.forget();
  const now = Math.floor((nowMs() - startedMs) / 60_000);
  if (now === minute) continue;
  minute = now;
  const pids = [rostra.pid, ...ROLES.map((name) => rostra.rolePid(name))];
  process.stdout.write(`${String(minute).padStart(6)}  ${pids.map(rssMegabytes).join("  ")}\n`);
}
for (const listener of listeners) listener.close();
for (const speaker of speakers) await speaker.leave();
await rostra.stop();
process.exit(0);

function rssMegabytes(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
  return (kilobytes / 1024).toFixed(1).padStart(8);
}
