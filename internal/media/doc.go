// Package media holds the values that every other package speaks in: exact
// ratios, picture sizes, bit rates, what a probe found in a file, and what the
// installed ffmpeg can do. It is plain data and arithmetic; it imports nothing
// of the project.
package media
