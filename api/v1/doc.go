// Package v1 is the wire model of Reelastic's extension API: what the original had no
// operation for. Requests are signed like those of the original, and live under /v1/.
//
// Documents are JSON with members in lowerCamel. A server refuses members of a request
// that it does not know; a client must pass over members of an answer that it does not
// know. Times are RFC 3339 in UTC. Lists come in pages: while an answer has a next
// cursor, the same request with that cursor gives the next page.
package v1
