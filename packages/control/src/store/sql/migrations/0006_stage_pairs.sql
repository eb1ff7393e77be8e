-- A space may have a second stage; the term counts how often the first became another. Both have
-- defaults, so that a control of before may go on writing while a fleet is upgraded.
alter table spaces add column second_stage_name text;

alter table spaces add column term integer not null default 0;
