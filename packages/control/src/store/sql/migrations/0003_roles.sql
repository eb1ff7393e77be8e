-- What control notes of a space besides its snapshot. A space without a row has nothing noted.
-- Lists are short (LIMITS bounds each) and always read and written whole: a document each.

create table space_notes (
  space_id text primary key references spaces (id) on delete cascade,
  revision integer not null,
  -- Raised hands in their order, and a number that grows with each change of them.
  hands jsonb not null,
  hands_revision integer not null,
  sent_backstage jsonb not null,
  locked_away jsonb not null,
  -- For whom links from before some time don't work; and such a time for everybody.
  revoked jsonb not null,
  links_from_ms bigint not null,
  blocked jsonb not null
);

-- Whom a person keeps off the stages that they host, in all of them.
create table account_blocks (
  user_id text not null,
  blocked_id text not null,
  display_name text,
  blocked_at_ms bigint not null,
  primary key (user_id, blocked_id)
);
