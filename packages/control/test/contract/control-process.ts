/**
 * A control in a process of its own, to be killed. Arguments: its data folder. Prints its address
 * when it is ready, and what its relay's state shows of spaces.
 */
import { memoryRelay } from "@rostra/relay";
import { STATE_KEYS, systemClock } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createControl } from "../../src/index.ts";

const relays = memoryRelay();
const shown = new Map<string, unknown>();
relays.join().watch(STATE_KEYS.spaces, (key, value) => shown.set(key, value));

try {
  const control = await createControl({
    name: "control",
    relay: relays.join(),
    clock: systemClock,
    log: pino({ level: "silent" }),
    metrics: new Registry(),
    http: { host: "127.0.0.1", port: 0 },
    dataDirectory: process.argv[2]!,
    publicUrl: null,
  });
  process.once("SIGTERM", () => void control.close().then(() => process.exit(0)));
  process.send!({ url: control.url, shown: [...shown] });
} catch (error) {
  process.send!({ error: (error as Error).message });
  process.exitCode = 1;
}
