-- Times are milliseconds since 1970-01-01 UTC. Columns that are read often stand
-- before the documents, which may lie on overflow pages.

-- +goose Up
create table pipelines (
	seq integer primary key autoincrement,
	id text not null unique,
	status text not null,
	doc text not null
);

create table presets (
	seq integer primary key autoincrement,
	id text not null unique,
	deleted_millis integer,
	doc text not null
);

create table jobs (
	seq integer primary key autoincrement,
	id text not null unique,
	pipeline_id text not null,
	status text not null,
	submit_millis integer not null,
	start_millis integer,
	finish_millis integer,
	outputs text,
	playlists text,
	detected text,
	doc text not null,
	pipeline text
);
create index jobs_by_pipeline on jobs (pipeline_id, seq);
create index jobs_by_status on jobs (status, seq);
create index jobs_by_age on jobs (submit_millis);

create table tasks (
	id text not null primary key,
	seq integer not null,
	job_id text not null,
	pipeline_id text not null,
	kind text not null,
	state text not null,
	started integer not null default 0,
	priority integer not null,
	admission integer not null default 0,
	attempt integer not null default 0,
	delivered integer not null default 0,
	released integer not null default 0,
	waiting_millis integer not null,
	worker text,
	workers text not null default '[]',
	progress text
);
create index tasks_waiting on tasks (pipeline_id, priority desc, seq, waiting_millis)
	where state = 'waiting' and started = 0;
create index tasks_resuming on tasks (seq, waiting_millis) where state = 'waiting' and started = 1;
create index tasks_active on tasks (pipeline_id, state) where state in ('admitted', 'running');

create table turns (
	name text not null primary key,
	turn integer not null
);
insert into turns (name, turn) values ('admission', 0), ('pipelines', 0), ('presets', 0);

create table publishing (
	id integer primary key autoincrement,
	job_id text not null,
	attempt integer not null,
	keys text not null
);
create index publishing_by_job on publishing (job_id);

create table outbox (
	id integer primary key autoincrement,
	job_id text not null,
	pipeline_id text not null,
	state text not null,
	tries integer not null default 0,
	due_millis integer not null,
	message text not null
);
create index outbox_due on outbox (due_millis);

create table dead_letters (
	id integer primary key autoincrement,
	job_id text not null,
	pipeline_id text not null,
	attempts integer not null,
	workers text not null,
	last_error text not null,
	created_millis integer not null
);

create table credentials (
	access_key_id text not null primary key,
	sealed blob not null
);
