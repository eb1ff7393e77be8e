import type {
  Notice,
  PendingInvitation,
  SpaceSettings,
  SpaceState,
  StageChannel,
  StageRole,
  UserId,
} from "@rostra/wire";
import type { ColumnType, JSONColumnType } from "kysely";
import type { Written } from "../../roles/ahead.ts";
import type { BlockedPerson, RaisedHand, Revocation } from "../../roles/record.ts";

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
  second_stage_name: string | null;
  term: number;
  settings: JSONColumnType<SpaceSettings>;
  invited: JSONColumnType<PendingInvitation[]>;
  in_charge: string | null;
  airs_at_ms: Milliseconds | null;
  ends_at_ms: Milliseconds | null;
  starts_at_ms: Milliseconds | null;
  live_at_ms: Milliseconds | null;
  ended_at_ms: Milliseconds | null;
  peak_listeners: number;
  /** Null: nothing. Not given where a space is added. */
  written: ColumnType<Written | null, string | undefined, string>;
}

/** What controls on one store share. */
export interface SecretsTable {
  name: string;
  secret: string;
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

/** A row for each space that something was noted of. */
export interface SpaceNotesTable {
  space_id: string;
  revision: number;
  hands: JSONColumnType<RaisedHand[]>;
  hands_revision: number;
  sent_backstage: JSONColumnType<UserId[]>;
  locked_away: JSONColumnType<UserId[]>;
  revoked: JSONColumnType<Revocation[]>;
  links_from_ms: Milliseconds;
  blocked: JSONColumnType<BlockedPerson[]>;
  hidden_names: JSONColumnType<BlockedPerson[]>;
  notice: JSONColumnType<Notice | null>;
}

/** Whom people keep off their own stages. */
export interface AccountBlocksTable {
  user_id: string;
  blocked_id: string;
  display_name: string | null;
  blocked_at_ms: Milliseconds;
}

/** Which migrations these tables have been through. */
export interface SchemaMigrationsTable {
  version: number;
  name: string;
  applied_at_ms: Milliseconds;
}

/** The tables as Kysely sees them; the migrations next door make them. */
export interface Tables {
  secrets: SecretsTable;
  spaces: SpacesTable;
  stage_members: StageMembersTable;
  space_notes: SpaceNotesTable;
  account_blocks: AccountBlocksTable;
  schema_migrations: SchemaMigrationsTable;
}
