-- A revoked access key keeps its row, with nothing sealed in it, so that no file
-- brings it back.

-- +goose Up
alter table credentials add column caller text not null default '';
insert into turns (name, turn) values ('callers', 0);
