// Package operators tests what operators do with jobs and workers, by the command line and
// the extension API: in one process, and on servers and workers that share a database and a
// queue.
package operators
