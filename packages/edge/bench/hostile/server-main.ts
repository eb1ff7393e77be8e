import { Writable } from "node:stream";
import { memoryRelay } from "@rostra/relay";
import { systemClock } from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { createEdge } from "../../src/index.ts";
import { voiceLike } from "../../test/support/voice-like.ts";
import { playStage } from "../support/stage.ts";
import type { FromHostileServer } from "./message.ts";

/** The process that is attacked: a real edge, with a space that is on air. */

const voice = await voiceLike();
const relays = memoryRelay();
const space = playStage(relays.join(), voice);
// No request may bring an edge to say that something of its own has failed.
let errors = 0;
const errorLog = new Writable({
  write(line, _encoding, done) {
    errors += 1;
    process.stderr.write(line);
    done();
  },
});
const edge = await createEdge({
  name: "edge-1",
  relay: relays.join(),
  clock: systemClock,
  log: pino({ level: "error" }, errorLog),
  metrics: new Registry(),
  http: { host: "127.0.0.1", port: 0 },
  siteDirectory: null,
  // Those who mean harm must get in to do it, however busy the machine is.
  marks: { joinsPerSecond: 1_000_000 },
  pressure: () => ({ utilisation: 0, memory: 0, lateMs: 0 }),
});
const say = (message: FromHostileServer) => void process.send?.(message);
process.on("message", () => {
  // Twice: what the first round lets go of the second can take.
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  say({ kind: "memory", rssBytes: rss, heapBytes: heapUsed + external, errors });
});
process.on("disconnect", () => process.exit(0));
say({ kind: "up", port: edge.port, live: `/live/${space.id}` });
