-- A job may have several tasks. A job that was given up is no dead letter: those
-- are notifications.

-- +goose Up
create index tasks_by_job on tasks (job_id);
alter table dead_letters rename to given_up_jobs;
