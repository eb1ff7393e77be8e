-- The hosts' last word to everybody; null: nothing was said yet.
alter table space_notes add column notice jsonb;
