-- Whose names hosts keep off the list of people. With a default, so that a control of before may go
-- on writing while a fleet is upgraded.
alter table space_notes add column hidden_names jsonb not null default '[]';
