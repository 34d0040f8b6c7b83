// Package openapi holds the OpenAPI document of the extension API, as a server serves it,
// against tools that are not ours: a validator, and a generator of clients whose client
// then talks to the server.
package openapi
