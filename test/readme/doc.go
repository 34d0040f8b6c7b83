// Package readme runs the client programs of the README against a server, as a
// reader would.
package readme
