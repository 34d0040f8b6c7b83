-- beside tells of a running task that another one ran in the same worker meanwhile, alone
-- of a task whose last attempt was lost so: its next attempt runs alone. excused counts the
-- attempts that were lost beside others, and are not held against the task.

-- +goose Up
alter table tasks add column beside integer not null default 0;
alter table tasks add column alone integer not null default 0;
alter table tasks add column excused integer not null default 0;
