-- Events go to the subscribers of a topic, each with tries of its own.

-- +goose Up
alter table outbox add column topic text not null default '';
alter table outbox add column role text not null default '';

-- So many lost attempts have been told of.
alter table tasks add column warned integer not null default 0;

create table subscriptions (
	seq integer primary key autoincrement,
	id text not null unique,
	topic text not null,
	format text not null,
	endpoint text not null,
	signature_version integer not null,
	confirmed integer not null,
	token text not null,
	sealed blob not null,
	created_millis integer not null
);
create index subscriptions_by_topic on subscriptions (topic, seq);

create table deliveries (
	id integer primary key autoincrement,
	subscriber text not null,
	status text not null default 'pending',
	tries integer not null default 0,
	due_millis integer not null,
	since_millis integer not null,
	created_millis integer not null,
	job_id text not null,
	pipeline_id text not null,
	state text not null,
	topic text not null,
	role text not null,
	message_id text not null,
	last_error text not null default '',
	message text not null
);
create index deliveries_due on deliveries (subscriber, due_millis) where status = 'pending';
create index deliveries_of_job on deliveries (job_id, subscriber) where status = 'pending';

-- The key that signs messages to subscribers, one for the installation.
create table signing_keys (
	name text not null primary key,
	certificate blob not null,
	sealed blob not null
);
