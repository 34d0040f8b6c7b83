// Package readme runs the client programs of docs/clients.md and docs/migrating.md against a
// server, as a reader would.
package readme
