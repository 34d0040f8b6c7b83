// Package migration tests the way in: an account that is dumped in every form that the
// program reads, imported into other servers, exported and imported again; and the settings
// by which Terraform and the SDKs find a server.
package migration
