/** A stage of a pair as far as the relay goes: a frame each 20 ms, until it is killed. */
import { parseArgs } from "node:util";
import { FRAME_MS, frameNumberAt, frameTimeMs, parseSpaceId, systemClock } from "@rostra/wire";
import { connectNats, joinFleet } from "../../src/index.ts";

const { values } = parseArgs({
  options: {
    nats: { type: "string", default: "" },
    space: { type: "string", default: "" },
    epoch: { type: "string", default: "0" },
    name: { type: "string", default: "stage" },
    second: { type: "boolean", default: false },
  },
});
const buses = await connectNats(values.nats.split(" ").map((url) => ({ servers: [url] })));
const relay = await joinFleet({ buses, name: values.name, fleet: "crossing" });
const spaceId = parseSpaceId(values.space);
const epochMs = Number(values.epoch);
const source = { term: 0, second: values.second };
// About 32 kbit/s.
const packet = new Uint8Array(80).fill(values.second ? 2 : 1);
let next = frameNumberAt(epochMs, systemClock.nowMs());

function tick(): void {
  const now = frameNumberAt(epochMs, systemClock.nowMs());
  for (; next <= now; next += 1) {
    relay.publishFrames(spaceId, [{ number: next, packet, holding: false }], source);
  }
  systemClock.after(Math.max(0, frameTimeMs(epochMs, next) - systemClock.nowMs()), tick);
}
systemClock.after(FRAME_MS, tick);
