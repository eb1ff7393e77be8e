import { RostraError } from "@rostra/wire";
import { crowd } from "./crowd/crowd.ts";
import { Display } from "./crowd/process/display.ts";

/** `rostra crowd ...`: rehearsals, from the command line. */

const HOW =
  "usage: rostra crowd LINK [options]; rostra crowd --help shows them, rostra --help what else there is";

async function main(): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  const display = new Display(process.stdout, process.stdout.isTTY === true);
  if (command !== "crowd") {
    process.stderr.write(`${HOW}\n`);
    return 2;
  }
  const interrupted = new AbortController();
  // The first asks for the report so far; whoever asks twice wants to be gone.
  const interrupt = () => (interrupted.signal.aborted ? process.exit(130) : interrupted.abort());
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return crowd(args, display, interrupted.signal);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    // One line for what a person can mend; the whole stack for what is our own mistake.
    const known = error instanceof RostraError;
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`rostra crowd: ${known ? error.message : stack}\n`);
    process.exit(1);
  },
);
