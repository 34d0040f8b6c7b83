// Package access drives the built program with the vendor's own tools, to see who may
// do what, and the key service.
package access
