// Package task is the domain of work: what a worker is handed, how it takes it,
// what it says while it works and at the end, and what is left of a job that no
// worker could finish.
package task
