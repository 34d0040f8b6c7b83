// Package h264 reads what a stream of H.264 (ITU-T H.264) says of itself in its sequence
// parameter set, as far as results are checked by it. It is pure.
package h264
