/**
 * How soon somebody is off the air: from a host's call to the last moment of the program that
 * carries their voice, here a steady tone. By frame numbers, which have the server's time in them.
 *
 *     npm run bench:off-air [-- rounds]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { loadOpus } from "@rostra/sound";
import { RostraProcess, TestApi, WebSocketListener, WhipPeer } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, frameTimeMs, SAMPLE_RATE_HZ } from "@rostra/wire";
import { describeSamples } from "./statistics.ts";

const ROUNDS = Number(process.argv[2] ?? 15);
const TONE_HZ = 1_000;
const TONE_LEVEL = 0.25;
/** Of the tone's amplitude: less is what the fade to the holding sound leaves of it. */
const GONE_BELOW = 0.02;
const SETTLE_MS = 1_500;

const nowMs = () => performance.timeOrigin + performance.now();

const opus = await loadOpus();
const rostra = await RostraProcess.start({ env: { ROSTRA_RATE_LIMITS: "off" } });
const api = new TestApi(rostra.url);
const ada = await api.guest("Ada");
const bo = await api.guest("Bo");
const space = await api.openSpace(ada, "Off air");
// No guard takes the tone for a howl where the space is for music.
await api.call("PATCH", `/spaces/${space.id}`, ada.token, { settings: { sound: "music" } });
await api.bringOnStage(ada, space.id, bo);
await api.goLive(ada, space.id);
const epochMs = Date.parse((await api.call<{ epoch: string }>("GET", `/spaces/${space.id}`)).epoch);
const whipUrl = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
const member = `/spaces/${space.id}/stage/${bo.user.id}`;

let peer = await WhipPeer.connect(whipUrl, bo.token);
let isOver = false;
const tone = await tonePackets();
const speaking = speak();

await report("muted", {
  leave: () => api.call("PATCH", member, ada.token, { muted: true }),
  comeBack: () => api.call("PATCH", member, bo.token, { muted: false }),
});
await report("sent backstage", {
  leave: () => api.call("PATCH", member, ada.token, { channel: "backstage" }),
  comeBack: async () => {
    await api.call("PATCH", member, ada.token, { channel: "air" });
    await api.call("PATCH", member, bo.token, { muted: false });
  },
});
await report("removed", {
  leave: () => api.call("DELETE", member, ada.token),
  comeBack: async () => {
    await api.call("POST", `/spaces/${space.id}/invitations`, ada.token, {
      role: "speaker",
      userId: bo.user.id,
    });
    await api.call("POST", `/spaces/${space.id}/stage`, bo.token, {});
    peer = await WhipPeer.connect(whipUrl, bo.token);
  },
});
isOver = true;
await speaking;
await rostra.stop();
process.exit(0);

interface Way {
  leave(): Promise<unknown>;
  comeBack(): Promise<unknown>;
}

async function report(what: string, way: Way): Promise<void> {
  const goneMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const listener = new WebSocketListener(rostra.url, space.id);
    await sleep(SETTLE_MS);
    const calledMs = nowMs();
    await way.leave();
    await sleep(SETTLE_MS);
    goneMs.push((await lastHeardMs(listener)) - calledMs);
    listener.close();
    await way.comeBack();
    await sleep(SETTLE_MS);
  }
  process.stdout.write(`${what}: off the air after ${describeSamples(goneMs, "rounds")}\n`);
}

/** When the last frame ended that has the tone in it, ms since 1970. */
async function lastHeardMs({ frames }: WebSocketListener): Promise<number> {
  const decoder = await opus.createDecoder();
  let last = Number.NaN;
  for (const { number, packet } of frames) {
    if (toneIn(decoder.decode(packet)) < GONE_BELOW * TONE_LEVEL) continue;
    last = frameTimeMs(epochMs, number) + FRAME_MS;
  }
  decoder.close();
  return last;
}

/** Amplitude of the tone in one frame: a whole number of its periods. */
function toneIn(samples: Float32Array): number {
  let [re, im] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    const phase = (2 * Math.PI * TONE_HZ * i) / SAMPLE_RATE_HZ;
    re += sample * Math.cos(phase);
    im += sample * Math.sin(phase);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

/** One second: the tone has a whole number of periods in each frame. */
async function tonePackets(): Promise<Uint8Array[]> {
  const encoder = await opus.createEncoder({ bitrate: 32_000 });
  const frame = Float32Array.from(
    { length: FRAME_SAMPLES },
    (_, i) => TONE_LEVEL * Math.sin((2 * Math.PI * TONE_HZ * i) / SAMPLE_RATE_HZ),
  );
  return Array.from({ length: 50 }, () => encoder.encode(frame));
}

async function speak(): Promise<void> {
  const startedMs = nowMs();
  for (let frame = 0; !isOver; frame += 1) {
    const waitMs = startedMs + frame * FRAME_MS - nowMs();
    if (waitMs > 0) await sleep(waitMs);
    peer.send(tone[frame % tone.length]!, frame * FRAME_SAMPLES);
  }
}
