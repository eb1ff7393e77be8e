-- What all controls on one store share and nobody else may know.
create table secrets (
  name text primary key,
  secret text not null
);
