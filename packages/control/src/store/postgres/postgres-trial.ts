import pg from "pg";
import { ControlError } from "../../errors.ts";
import { newestMigration } from "../sql/migrate.ts";
import { refuseOldServer, toControlError } from "./postgres-errors.ts";
import { withPlainTlsMode } from "./tls-mode.ts";

const PATIENCE_MS = 3_000;

/** What a PostgreSQL is like, for somebody who is about to use it. */
export interface PostgresTrial {
  /** Its own version: `15.14`. */
  readonly version: string;
  readonly roundTripMs: number;
  /** How far its clock is ahead of ours, ms, to within half a round trip. */
  readonly aheadMs: number;
  /** The last migration of its tables, null: none are there yet; and the last that we know. */
  readonly schema: { readonly found: number | null; readonly known: number };
  /** Whether this user may make tables, and so bring them up to date. */
  readonly mayMakeTables: boolean;
  /** False where what was committed may be lost with the power. */
  readonly fsync: boolean;
  /** As PostgreSQL has it: what a commit waits for. */
  readonly synchronousCommit: string;
}

/**
 * Looks at a PostgreSQL and changes nothing.
 * @throws {ControlError} `store-unreachable`, with what to do
 */
export async function tryPostgres(url: string): Promise<PostgresTrial> {
  let client: pg.Client | undefined;
  try {
    // It reads the files that the URL names.
    client = new pg.Client({
      connectionString: withPlainTlsMode(url),
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
      application_name: "rostra doctor",
    });
    // What breaks shows in the query that waits.
    client.on("error", () => {});
    await client.connect();
    const trial = await look(client);
    refuseOldServer(url, trial.version);
    return trial;
  } catch (error) {
    if (error instanceof ControlError) throw error;
    throw toControlError(url, error);
  } finally {
    await client?.end().catch(() => {});
  }
}

async function look(client: pg.Client): Promise<PostgresTrial> {
  const [setup] = await rows(
    client,
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit,
      to_regclass('schema_migrations') is not null as migrated,
      coalesce(has_schema_privilege(current_schema(), 'create'), false) as makes`,
  );
  const askedAtMs = performance.now();
  const [time] = await rows(client, "select extract(epoch from clock_timestamp()) * 1000 as ms");
  const roundTripMs = performance.now() - askedAtMs;
  const middleMs = performance.timeOrigin + askedAtMs + roundTripMs / 2;
  const [schema] = setup!["migrated"]
    ? await rows(client, "select max(version) as found from schema_migrations")
    : [{ found: null }];
  const found = schema!["found"];
  return {
    version: String(setup!["version"]).split(" ")[0]!,
    roundTripMs,
    aheadMs: Number(time!["ms"]) - middleMs,
    schema: { found: found === null ? null : Number(found), known: await newestMigration() },
    mayMakeTables: setup!["makes"] === true,
    fsync: setup!["fsync"] === "on",
    synchronousCommit: String(setup!["commit"]),
  };
}

async function rows(client: pg.Client, query: string): Promise<Record<string, unknown>[]> {
  return (await client.query<Record<string, unknown>>(query)).rows;
}
