-- Times are milliseconds since 1970, as everywhere in Rostra: a bigint needs no time zone.

create table spaces (
  id text primary key,
  revision integer not null check (revision > 0),
  title text not null,
  topics text[] not null,
  state text not null check (state in ('scheduled', 'backstage', 'live', 'ended')),
  epoch_ms bigint not null,
  record boolean not null,
  stage_name text not null,
  starts_at_ms bigint,
  live_at_ms bigint,
  ended_at_ms bigint,
  peak_listeners integer not null default 0
);

-- What a start reads: all that has not ended, and what ended lately.
create index spaces_current on spaces (ended_at_ms);

create table stage_members (
  space_id text not null references spaces (id) on delete cascade,
  user_id text not null,
  -- Order of arrival, which is the order in which the stage is shown.
  position integer not null,
  display_name text not null,
  role text not null check (role in ('host', 'cohost', 'speaker')),
  muted boolean not null,
  primary key (space_id, user_id)
);

-- A space has one host for its whole life; two would be a bug of ours, so the store refuses it.
create unique index stage_members_one_host on stage_members (space_id) where role = 'host';
