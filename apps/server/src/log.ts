import { type Logger, pino } from "pino";
import type { Config } from "./config.ts";
import { pinoPretty } from "./pretty.ts";

/** One logger a process: JSON lines, or words for a person at a terminal. Never holds a secret. */
export function createLog(config: Pick<Config, "logLevel" | "logFormat">, name: string): Logger {
  const options = {
    name,
    level: config.logLevel,
    redact: ["authorization", "*.authorization", "headers.authorization", "token", "*.token"],
  };
  if (config.logFormat === "json") return pino(options);
  return pino(options, pinoPretty());
}
