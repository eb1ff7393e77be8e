-- What a host may set, and where each voice goes. The defaults are those of a space from before.

alter table spaces
  add column settings jsonb not null default '{
    "stageLimit": 13, "handsOpen": true, "floorControl": false,
    "deadAirSeconds": 8, "hostAwaySeconds": 300, "sound": "voice"
  }',
  -- Invitations by name that wait for an answer, in their order.
  add column invited jsonb not null default '[]',
  add column in_charge text,
  add column airs_at_ms bigint,
  add column ends_at_ms bigint;

alter table stage_members
  add column mic_locked boolean not null default false,
  add column channel text not null default 'air'
    check (channel in ('air', 'backstage', 'whisper'));
