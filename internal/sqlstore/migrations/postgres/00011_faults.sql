-- What the last attempt at a task that failed has said.

-- +goose Up
alter table tasks add column fault text not null default '';
alter table tasks add column tail text not null default '';
alter table given_up_jobs add column tail text not null default '';
