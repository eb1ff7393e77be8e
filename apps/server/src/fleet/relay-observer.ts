import type { RelayObserver } from "@rostra/relay";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";

/** What the relay of a fleet does, as `rostra_relay_*` and, where it's for people, in the log. */
export function observeRelay(registry: Registry, log: Logger): RelayObserver {
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: `rostra_relay_${name}`, help, labelNames, registers });
  const received = counter("frames_received_total", "Frames that came in, copies included.", [
    "path",
    "stage",
  ]);
  const filled = counter(
    "frames_filled_total",
    "Frames that the stage which is followed left out, and the other of the pair had.",
  );
  const crossings = counter("crossings_total", "Times that the other stage of a pair took over.", [
    "to",
  ]);
  const fenced = counter("frames_fenced_total", "Frames of stages that had been replaced.");
  const paths = new Gauge({
    name: "rostra_relay_path_up",
    help: "1 while a NATS server or cluster can be reached.",
    labelNames: ["path"],
    registers,
  });
  const unheard = new Gauge({
    name: "rostra_relay_unheard",
    help: "1 while this process hears others, and none of them hears it.",
    registers,
  });
  const wasUp = new Map<string, boolean>();
  // Looked up once: these are counted with every message.
  const counts = new Map<string, Record<"first" | "second", Counter.Internal>>();
  const countsOf = (path: string) => {
    const known = counts.get(path);
    if (known !== undefined) return known;
    const [first, second] = [received.labels(path, "first"), received.labels(path, "second")];
    counts.set(path, { first, second });
    return { first, second };
  };
  return {
    received: (path, stage, frames) => countsOf(path)[stage].inc(frames),
    filled: (frames) => filled.inc(frames),
    crossed: (to) => crossings.inc({ to }),
    fenced: (frames) => fenced.inc(frames),
    unheard: (isUnheard) => {
      unheard.set(isUnheard ? 1 : 0);
      if (isUnheard) {
        log.warn(
          "this process hears the others and none hears it: look at what it may send to NATS",
        );
      } else {
        log.info("this process is heard again");
      }
    },
    path: (path, isConnected) => {
      paths.set({ path }, isConnected ? 1 : 0);
      if (wasUp.get(path) === isConnected) return;
      wasUp.set(path, isConnected);
      if (isConnected) log.info({ path }, "NATS is reached");
      else log.warn({ path }, "NATS can't be reached");
    },
  };
}
