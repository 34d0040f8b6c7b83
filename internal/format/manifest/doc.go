// Package manifest reads ffmpeg's segment lists and writes HLS playlists in the
// form of the original, byte for byte (original.md 4.10; RFC 8216 where that is
// silent). It is pure: it touches no file and no clock.
package manifest
