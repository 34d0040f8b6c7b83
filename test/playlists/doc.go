// Package playlists tests what jobs with playlists publish, end to end: a real server,
// real media served over HTTP, ffmpeg as a player, and a reader of its own that takes
// nothing from the code that writes.
package playlists
