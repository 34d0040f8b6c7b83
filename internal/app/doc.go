// Package app joins adapters and services into running processes: the server
// with its embedded worker, and the worker of a fleet. It is the one place that
// reads the configuration and knows every part.
package app
