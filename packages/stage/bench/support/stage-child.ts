// A stage in a process of its own, joined to a real relay by a socket, as `npm start` runs it.
// Arguments: path of the relay's socket.
import { Session } from "node:inspector/promises";
import { connectRelay } from "@rostra/relay";
import { systemClock } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createStage } from "../../src/index.ts";
import { type ProfileShares, sharesOf } from "./profile.ts";

export interface StageChildReport {
  readonly ready?: { readonly url: string };
  readonly profile?: ProfileShares;
}

/** Fine enough to find short calls, coarse enough not to become what is measured. */
const SAMPLE_EVERY_US = 500;

const relay = await connectRelay(process.argv[2]!);
const stage = await createStage({
  name: "stage-1",
  relay,
  clock: systemClock,
  log: pino({ level: "warn" }, pino.destination(2)),
  metrics: new Registry(),
  http: { host: "127.0.0.1", port: 0 },
  webrtc: { udpPort: 0, announcedAddresses: ["127.0.0.1"] },
});

function tell(report: StageChildReport): void {
  process.send?.(report);
}

async function profile(ms: number): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
  await session.post("Profiler.start");
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { profile: taken } = await session.post("Profiler.stop");
  session.disconnect();
  tell({ profile: sharesOf(taken) });
}

process.on("message", (message: { profileMs: number }) => void profile(message.profileMs));
process.on("disconnect", () => {
  void stage.close().then(() => process.exit(0));
});
tell({ ready: { url: stage.url } });
