// Package server offers the 17 operations of Elastic Transcoder 2012-09-25 and
// the extension API under /v1/ over HTTP. It routes, verifies signatures,
// decodes, validates, asks the domain, and renders every answer; what it stores
// and announces goes through the small interfaces that it declares.
//
// A request goes along a chain: it gets an id, is observed, and a panic becomes an answer
// (chain.go). The router finds its endpoint (route.go). Endpoints of anybody are mounted as
// [Server.public], those of known callers as [Server.private], behind an authenticator
// (authenticate.go).
//
// What lies under an API version or /v1 is looked at in this order: size of the
// body, signature, version, path, method, body, the caller's policy, constraints of
// the API model, rules of the domain, store. A caller who is not known thus learns nothing of
// what exists. Every error carries the header x-amzn-ErrorType and a JSON body,
// because boto2 cannot do without them; only what net/http refuses before it has
// a request (headers that are malformed or too long) is answered by it, in text.
package server
