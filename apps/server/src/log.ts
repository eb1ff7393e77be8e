import { type DestinationStream, destination, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import type { Config } from "./config.ts";

/**
 * Bytes of log that wait for whoever reads them. Beyond, lines are dropped: a reader that has
 * stopped (a paused terminal, a full pipe) must never hold up the sound.
 */
const BACKLOG_BYTES = 1024 * 1024;
/** How long a process that ends waits for its last words to be read. */
const FLUSH_LIMIT_MS = 500;

/** One logger a process: JSON lines, or words for a person at a terminal. Never holds a secret. */
export function createLog(config: Pick<Config, "logLevel" | "logFormat">, name: string): Logger {
  const options = {
    name,
    level: config.logLevel,
    redact: ["authorization", "*.authorization", "headers.authorization", "token", "*.token"],
  };
  return pino(options, config.logFormat === "json" ? output() : prettyOutput());
}

/** Not the default of pino, which waits for the reader on the event loop. */
function output(): DestinationStream {
  const lines = destination({ dest: 1, sync: false, maxLength: BACKLOG_BYTES });
  // A full disk, or a reader that has gone: the lines are lost, and nothing else.
  lines.on("error", () => failing.add(lines));
  lines.on("drain", () => failing.delete(lines));
  return lines;
}

/** Whose last write has failed: at the end of the process pino would try to write for ever. */
const failing = new Set<ReturnType<typeof destination>>();

function prettyOutput(): DestinationStream {
  return pretty({
    destination: output(),
    ignore: "pid,hostname,name",
    messageFormat: "[{name}] {msg}",
  });
}

/** Resolves when what was logged has been written, or when nobody reads it. */
export async function flushLog(log: Logger): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, FLUSH_LIMIT_MS);
    log.flush(() => resolve());
  });
  for (const lines of failing) lines.destroy();
}
