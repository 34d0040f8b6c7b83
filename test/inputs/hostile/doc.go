// Package hostile gives a running server what was made to harm it: files that
// name other files and addresses, small files that unfold to huge ones, thousands
// of streams, and damaged headers. Nothing of that may be read or reached, no job
// may end without a clear code, and the server lives on.
package hostile
