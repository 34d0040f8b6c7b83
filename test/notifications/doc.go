// Package notifications drives the built program with real subscribers: what they
// get, in which words, how often, and what becomes of it when something dies.
package notifications
