// Package storage runs jobs on folders and on a real S3 server: races for a key,
// servers that fail, and what the store is told of each object.
package storage
