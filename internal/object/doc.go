// Package object has the values by which objects in buckets are named, described
// and refused.
package object
