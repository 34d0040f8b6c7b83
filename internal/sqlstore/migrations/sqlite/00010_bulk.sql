-- Actions on all jobs that a filter selects, and how far each is.

-- +goose Up
create table bulk_actions (
	seq integer primary key autoincrement,
	id text not null unique,
	kind text not null,
	priority integer not null,
	filter text not null,
	caller text not null,
	state text not null default 'running',
	before integer not null,
	done integer not null default 0,
	skipped integer not null default 0,
	failed integer not null default 0,
	last_error text not null default '',
	created_millis integer not null,
	finished_millis integer
);
create index bulk_actions_running on bulk_actions (seq) where state = 'running';
