-- What was changed while the store was out of reach, and is in it by now: so that none of it is written
-- twice, whoever comes with it, and when. Without a default: a control of before leaves it as it is.
alter table spaces add column written jsonb;
