/** A part of the crowd, in a process of its own. Started by catch-up.ts with what it is to do. */
import { setTimeout as sleep } from "node:timers/promises";
import { type SpaceId, systemClock } from "@rostra/wire";
import { Ear } from "./ear.ts";
import { CountingListener } from "./listener.ts";

const [origin = "", spaceId = "", count = "0", ears = "0", part = "0"] = process.argv.slice(2);
/** Joins at once, and the pause between two such groups. */
const GROUP = 50;
const GROUP_MS = 50;
/** A single address has too few ports for a crowd. */
const ADDRESSES = 16;

const listeners: CountingListener[] = [];

process.on("message", (message) => {
  if (message === "account") process.send?.({ accounts: listeners.map((it) => it.account()) });
  if (message === "listening") {
    process.send?.({ listening: listeners.filter((it) => it.isListening).length });
  }
});
process.on("disconnect", () => process.exit(0));

for (let i = 0; i < Number(count); i += 1) {
  const address = `127.0.${Number(part)}.${1 + (i % ADDRESSES)}`;
  const ear = i < Number(ears) ? await Ear.open(systemClock) : undefined;
  listeners.push(new CountingListener({ origin, spaceId: spaceId as SpaceId }, address, ear));
  if (i % GROUP === GROUP - 1) await sleep(GROUP_MS);
}
