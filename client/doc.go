// Package client calls Elastic Transcoder, API version 2012-09-25, at any
// endpoint that speaks it.
package client
