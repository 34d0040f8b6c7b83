// Package field sends files through a running server that recorders, phones and broadcasters
// really make, and on which programs fail: times, levels and lengths of every result are
// measured by decoding it.
package field
