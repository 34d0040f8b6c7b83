// Package players plays what jobs made in real players, in a real browser: every
// playlist format in the JavaScript players that people use, with a source whose
// picture flashes when its sound beeps.
package players
