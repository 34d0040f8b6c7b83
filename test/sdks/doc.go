// Package sdks drives a running server with the clients that programs written
// for the service use. The scenario and all that is expected stand here once; a
// driver for each client makes its calls.
package sdks
