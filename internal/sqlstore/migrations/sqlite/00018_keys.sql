-- The installation key that seals today, and how those who have the one before get it. There
-- is no row before the first rotation.

-- +goose Up
create table installation_key (
	name text primary key,
	key_id text not null,
	for_servers blob not null,
	for_workers blob not null,
	since_millis integer not null
);
insert into turns (name, turn) values ('keys', 0);
