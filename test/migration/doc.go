// Package migration tests the way in: an account that is dumped in every form that the
// program reads, imported into other servers, exported and imported again.
package migration
