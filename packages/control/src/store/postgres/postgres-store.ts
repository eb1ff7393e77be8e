import type { Clock } from "@rostra/wire";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Logger } from "pino";
import { ControlError } from "../../errors.ts";
import { migrate } from "../sql/migrate.ts";
import type { Tables } from "../sql/schema.ts";
import { SqlStore } from "../sql/sql-store.ts";
import type { Store } from "../store.ts";
import { refuseOldServer, toControlError } from "./postgres-errors.ts";
import { withPlainTlsMode } from "./tls-mode.ts";

/** Connections of one control: each change holds one for a transaction of milliseconds. */
const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 3_000;
/** What takes longer than this is given up: callers are told to try again. */
const STATEMENT_TIMEOUT_MS = 5_000;

export interface PostgresStoreOptions {
  /** `postgresql://user:password@host:port/database`, with libpq's `sslmode` where wanted. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The store in a PostgreSQL server, shared by all controls of a fleet. A server that goes away is
 * found again by the next change: connections are made anew as they are needed.
 * @throws {ControlError} `store-unreachable`, `store-too-new`, `store-broken`
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, clock, log } = options;
  const pool = new pg.Pool({
    connectionString: withPlainTlsMode(url),
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // A server that was cut off without a word must not hold a change for minutes.
    query_timeout: 2 * STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "rostra",
  });
  // A connection that waits in the pool and breaks: the pool drops it, nobody else is concerned.
  pool.on("error", (err) => log.warn({ err: err.message }, "a connection to PostgreSQL broke"));
  // One that breaks between two queries of a transaction has nobody else to tell, and would end the
  // process; the next query fails by itself.
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
    refuseOldServer(url, rows[0]!.server_version);
    await migrate(db, clock.nowMs());
    return new SqlStore(db, async () => {});
  } catch (error) {
    await db.destroy();
    if (error instanceof ControlError) throw error;
    throw toControlError(url, error);
  }
}
