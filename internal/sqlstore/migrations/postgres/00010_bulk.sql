-- Actions on all jobs that a filter selects, and how far each is.

-- +goose Up
create table bulk_actions (
	seq bigint generated always as identity primary key,
	id text collate "C" not null unique,
	kind text not null,
	priority integer not null,
	filter text not null,
	caller text not null,
	state text not null default 'running',
	before bigint not null,
	done integer not null default 0,
	skipped integer not null default 0,
	failed integer not null default 0,
	last_error text not null default '',
	created_millis bigint not null,
	finished_millis bigint
);
create index bulk_actions_running on bulk_actions (seq) where state = 'running';
