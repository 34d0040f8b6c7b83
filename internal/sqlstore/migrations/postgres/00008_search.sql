-- The terms by which jobs are found: the words of their ids and keys, the pairs of their
-- metadata, and one that every job has.

-- +goose Up
create table job_terms (
	term text collate "C" not null,
	seq bigint not null,
	primary key (term, seq)
);
-- It can't be taken for an order by seq, see jobs.
create index jobs_by_number on jobs ((seq + 0));
