-- The terms by which jobs are found: the words of their ids and keys, the pairs of their
-- metadata, and one that every job has.

-- +goose Up
create table job_terms (
	term text not null,
	seq integer not null,
	primary key (term, seq)
) without rowid;
