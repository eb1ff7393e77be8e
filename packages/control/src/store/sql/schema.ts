import type {
  PendingInvitation,
  SpaceSettings,
  SpaceState,
  StageChannel,
  StageRole,
} from "@rostra/wire";
import type { JSONColumnType } from "kysely";

/** A bigint column: drivers hand it out as number, bigint or text; it is written as a number. */
type Milliseconds = number | bigint | string;

/** One row a space, for ever. */
export interface SpacesTable {
  id: string;
  revision: number;
  title: string;
  topics: string[];
  state: SpaceState;
  epoch_ms: Milliseconds;
  record: boolean;
  stage_name: string;
  settings: JSONColumnType<SpaceSettings>;
  invited: JSONColumnType<PendingInvitation[]>;
  in_charge: string | null;
  airs_at_ms: Milliseconds | null;
  ends_at_ms: Milliseconds | null;
  starts_at_ms: Milliseconds | null;
  live_at_ms: Milliseconds | null;
  ended_at_ms: Milliseconds | null;
  peak_listeners: number;
}

/** Who is on stage now; the last ones of a space that ended stay. */
export interface StageMembersTable {
  space_id: string;
  user_id: string;
  position: number;
  display_name: string;
  role: StageRole;
  muted: boolean;
  mic_locked: boolean;
  channel: StageChannel;
}

/** Which migrations these tables have been through. */
export interface SchemaMigrationsTable {
  version: number;
  name: string;
  applied_at_ms: Milliseconds;
}

/** The tables as Kysely sees them; the migrations next door make them. */
export interface Tables {
  spaces: SpacesTable;
  stage_members: StageMembersTable;
  schema_migrations: SchemaMigrationsTable;
}
