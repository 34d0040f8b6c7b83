// Package presets shows that what a preset says is what its files are: a table
// of presets over containers, codecs and options, the system presets, and random
// ones, each encoded by a running server from a short piece of a real recording
// and read with ffprobe and mediainfo. What is expected comes from the API's
// meaning alone. REELASTIC_SOAK=1 runs all of the table; otherwise a fixed part.
package presets
