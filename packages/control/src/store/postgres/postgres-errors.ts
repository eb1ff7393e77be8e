import { ControlError, type ControlErrorCode } from "../../errors.ts";

/** Where a connection leads, without its password. */
interface Target {
  readonly host: string;
  readonly database: string;
  readonly user: string;
}

type Explain = (target: Target, why: string) => readonly [ControlErrorCode, string];

/** It may pass: a database is made, or a password changed, while whoever started us tries again. */
const away = (text: string) => ["store-unreachable", text] as const;
/** Only a person mends it. */
const forGood = (text: string) => ["store-refused", text] as const;

/** PostgreSQL's error codes (its manual, appendix A) and the system's: what each means to us. */
const BY_CODE: Readonly<Record<string, Explain>> = {
  "28P01": ({ host, user }) =>
    away(`PostgreSQL at ${host} doesn't let '${user}' in: check user and password`),
  "28000": ({ host, user }, why) =>
    away(
      `PostgreSQL at ${host} doesn't let '${user}' in (${why}): check user, password and pg_hba.conf`,
    ),
  "3D000": ({ host, database }) =>
    away(`PostgreSQL at ${host} has no database '${database}': create it (createdb ${database})`),
  "42501": ({ host, user, database }, why) => {
    const may = / for database/.test(why) ? "connect to it" : "make tables there";
    return forGood(
      `'${user}' may not ${may} (${why}): make '${user}' the owner of '${database}' at ${host}`,
    );
  },
  "25006": ({ host }) =>
    forGood(
      `PostgreSQL at ${host} only reads (a standby?): name the primary in ROSTRA_DATABASE_URL`,
    ),
  "53300": ({ host }) =>
    away(
      `PostgreSQL at ${host} has no connection left: raise max_connections, each control takes 10`,
    ),
  ENOENT: (_, why) => forGood(`a file that ROSTRA_DATABASE_URL names can't be read (${why})`),
  ENOTFOUND: ({ host }) => away(`there is no host ${host}: check its name in ROSTRA_DATABASE_URL`),
  EAI_AGAIN: ({ host }) =>
    away(`the name of ${host} can't be looked up: does this machine have DNS?`),
};

/** What only shows in the words of the driver, or of TLS. */
const BY_WORDS: readonly (readonly [RegExp, Explain])[] = [
  [
    /does not support SSL/,
    ({ host }) =>
      forGood(
        `PostgreSQL at ${host} speaks no TLS: set ssl = on there, or take sslmode out of ROSTRA_DATABASE_URL`,
      ),
  ],
  [
    /certificate|altnames/i,
    ({ host }, why) =>
      forGood(
        `PostgreSQL at ${host} has a certificate that isn't trusted here (${why}): add sslrootcert=FILE to ROSTRA_DATABASE_URL`,
      ),
  ],
];

/** In one line what whoever runs the server can do. */
export function toControlError(url: string, cause: unknown): ControlError {
  const { code } = cause as { code?: unknown };
  const why = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
  const byWords = BY_WORDS.find(([words]) => words.test(why))?.[1];
  const explain = (typeof code === "string" ? BY_CODE[code] : undefined) ?? byWords ?? otherwise;
  const [kind, message] = explain(targetOf(url), why);
  return new ControlError(kind, message, { cause });
}

const otherwise: Explain = ({ host }, why) =>
  away(`PostgreSQL at ${host} can't be used (${why}): is it running, and reachable from here?`);

function targetOf(url: string): Target {
  const { host, pathname, username } = URL.parse(url) ?? {
    host: "?",
    pathname: "/?",
    username: "?",
  };
  return { host, database: pathname.slice(1), user: username };
}

/** Older ones get no mends from PostgreSQL's makers, and nobody has tried Rostra on them. */
const OLDEST_MAJOR = 12;

/**
 * @param version as the server says: `15.14 (Debian 15.14-0+deb12u1)`
 * @throws {ControlError} `store-refused`
 */
export function refuseOldServer(url: string, version: string): void {
  const major = Number.parseInt(version, 10);
  if (!(major < OLDEST_MAJOR)) return;
  const { host } = targetOf(url);
  throw new ControlError(
    "store-refused",
    `PostgreSQL at ${host} is too old (${version.split(" ")[0]}): use ${OLDEST_MAJOR} or newer`,
  );
}
