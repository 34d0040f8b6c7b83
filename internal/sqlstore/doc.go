// Package sqlstore keeps the state of the service in SQL: in a SQLite file or
// in PostgreSQL, with the same statements. It is the only package that writes SQL.
//
// What a client said is kept as it was accepted, as one JSON document in a row of
// jobs, and never rewritten. What changes stands in columns beside it and is laid
// over the document when it is read. The state of a job's outputs and playlists is
// one JSON column each, not rows of their own: it is never searched by, always read
// and written whole together with its job, and so a job is stored with two inserts
// and a page of jobs is read with one query. Writers of such a column hold the lock
// on the row of the job's task (fencing), so that no update is lost.
//
// Rows are locked in the order pipelines, tasks, jobs. Points in time come from
// the clock of the database.
package sqlstore
