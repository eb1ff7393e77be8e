import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian keeps what isn't for people's own shells in these, and libraries by architecture. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];
const LIBRARIES = "/usr/lib";
const FAKETIME = "faketime/libfaketimeMT.so.1";

/** What a run needs that doesn't come with npm: the program, and Debian's package with it. */
interface Need {
  readonly what: string;
  readonly package: string;
  readonly isThere: () => boolean;
}

const program = (what: string, name: string): Need => ({
  what,
  package: name,
  isThere: () => isProgram(what),
});

const ALWAYS: readonly Need[] = [
  program("nats-server", "nats-server"),
  { what: "postgres", package: "postgresql", isThere: () => isProgram("postgres") || hasDebians() },
  program("espeak-ng", "espeak-ng"),
];
const LINKS: readonly Need[] = [program("ip", "iproute2"), program("tc", "iproute2")];
const DELAY = program("socat", "socat");
const CLOCK: Need = {
  what: "libfaketime",
  package: "faketime",
  isThere: () => libfaketime() !== undefined,
};

/**
 * What isn't installed of what the cases need.
 * @param ids of the cases that are to run
 * @returns one line that says what to install; undefined: all is there
 */
export function missing(ids: readonly string[], hasLinks: boolean): string | undefined {
  const needs = [...ALWAYS, ...(hasLinks ? LINKS : [])];
  if (ids.some((id) => id.startsWith("delay-"))) needs.push(DELAY);
  if (ids.some((id) => id.startsWith("clock-"))) needs.push(CLOCK);
  const absent = needs.filter(({ isThere }) => !isThere());
  if (absent.length === 0) return undefined;
  const packages = [...new Set(absent.map((need) => need.package))].join(" ");
  return `${absent.map(({ what }) => what).join(", ")} not found: apt-get install ${packages}`;
}

/** Where the library is that gives a process another clock; undefined: nowhere. */
export function libfaketime(): string | undefined {
  const folders = readdirSync(LIBRARIES, { withFileTypes: true });
  return folders
    .map(({ name }) => join(LIBRARIES, name, FAKETIME))
    .find((path) => existsSync(path));
}

function hasDebians(): boolean {
  return existsSync(join(LIBRARIES, "postgresql"));
}

function isProgram(name: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
