// Package samples sends real files through a running server: many containers,
// codecs, rotations and frame rates, and broken ones.
package samples
