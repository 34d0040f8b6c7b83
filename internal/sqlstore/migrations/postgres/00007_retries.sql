-- A job may be the retry of another one.

-- +goose Up
alter table jobs add column retry_of text collate "C";
create index jobs_by_retry on jobs (retry_of) where retry_of is not null;
