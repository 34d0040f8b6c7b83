// Package ffmpeg is the only one that runs ffmpeg and ffprobe. It starts every
// child in a sandbox, in a process group of its own, with limits and an empty
// environment; it reads progress and messages within fixed bounds, and turns
// what the tools report into the domain's values and failures. What ffmpeg is
// asked is decided elsewhere (package plan).
//
// Limits on a child are set by prlimit of util-linux, which sets them on itself
// and then becomes the next program. Go can't run code between fork and exec,
// and setting limits on a child that already runs would race with it.
package ffmpeg
