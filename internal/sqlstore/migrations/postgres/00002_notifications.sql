-- Events go to the subscribers of a topic, each with tries of its own.

-- +goose Up
alter table outbox add column topic text not null default '';
alter table outbox add column role text not null default '';

-- So many lost attempts have been told of.
alter table tasks add column warned integer not null default 0;

create table subscriptions (
	seq bigint generated always as identity primary key,
	id text collate "C" not null unique,
	topic text collate "C" not null,
	format text not null,
	endpoint text not null,
	signature_version integer not null,
	confirmed integer not null,
	token text not null,
	sealed bytea not null,
	created_millis bigint not null
);
create index subscriptions_by_topic on subscriptions (topic, seq);

create table deliveries (
	id bigint generated always as identity primary key,
	subscriber text collate "C" not null,
	status text not null default 'pending',
	tries integer not null default 0,
	due_millis bigint not null,
	since_millis bigint not null,
	created_millis bigint not null,
	job_id text collate "C" not null,
	pipeline_id text collate "C" not null,
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
	certificate bytea not null,
	sealed bytea not null
);
