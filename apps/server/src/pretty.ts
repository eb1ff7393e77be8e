import pretty from "pino-pretty";

/** Written at once, not by a worker thread: what a dying process said last must be seen. */
export function pinoPretty(): ReturnType<typeof pretty> {
  return pretty({ sync: true, ignore: "pid,hostname,name", messageFormat: "[{name}] {msg}" });
}
