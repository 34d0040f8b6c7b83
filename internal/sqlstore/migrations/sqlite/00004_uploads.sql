-- Multipart uploads to S3 that have begun and not ended.

-- +goose Up
create table uploads (
	id text not null primary key,
	task_id text not null,
	attempt integer not null,
	upload text not null
);
