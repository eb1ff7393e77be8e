import { type ParseArgsConfig, parseArgs } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Nothing was measured. */
const BAD_OPTIONS = 2;

/**
 * What the command line of a bench asks for. An option that there isn't, or that lacks its value, is told in one line, with
 * all that there are, and ends the process.
 */
export function benchOptions<const T extends Options>(
  options: T,
): ReturnType<typeof parseArgs<{ options: T }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [complaint] = error.message.split(/\.\s/);
    const known = Object.keys(options).map((name) => `--${name}`);
    process.stderr.write(`${complaint!.replace(/\.$/, "")}; there are ${known.join(", ")}\n`);
    process.exit(BAD_OPTIONS);
  }
}
