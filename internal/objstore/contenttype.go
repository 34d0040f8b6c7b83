// Package objstore holds what the object stores share: the table of content
// types and the rule for replacing objects. The stores are in dir (folders) and
// s3; objtest is the contract that both keep.
package objstore

import (
	"path"
	"strings"
)

// DefaultContentType is that of objects of which nothing is known.
const DefaultContentType = "application/octet-stream"

// contentTypes maps file extensions, and the preset containers whose name is no
// extension, to media types.
var contentTypes = map[string]string{
	"aac":  "audio/aac",
	"dfxp": "application/ttml+xml", // W3C TTML
	"flac": "audio/flac",           // RFC 9639
	"flv":  "video/x-flv",
	"fmp4": "video/mp4", // container name
	"gif":  "image/gif",
	"ism":  "application/smil+xml",        // the server manifest is SMIL (RFC 4536)
	"ismc": "application/vnd.ms-sstr+xml", // MS-SSTR
	"jpg":  "image/jpeg",
	"m3u8": "application/vnd.apple.mpegurl", // RFC 8216 section 4
	"m4a":  "audio/mp4",
	"m4s":  "video/iso.segment",
	"mp2":  "audio/mpeg",
	"mp3":  "audio/mpeg", // RFC 3003, layer II too
	"mp4":  "video/mp4",
	"mpd":  "application/dash+xml", // ISO/IEC 23009-1
	"mpg":  "video/mpeg",
	"mxf":  "application/mxf", // RFC 4539
	"oga":  "audio/ogg",       // RFC 5334
	"ogg":  "audio/ogg",
	"png":  "image/png",
	"scc":  "text/x-scc",
	"srt":  "application/x-subrip",
	"ts":   "video/mp2t", // RFC 3555
	"vtt":  "text/vtt",
	"wav":  "audio/wav",
	"webm": "video/webm",
}

// ContentType returns the media type of an object: by the extension of its key,
// else by the container of the preset it was made with ("" where there is
// none), else [DefaultContentType].
func ContentType(key, container string) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(key), "."))
	if t, ok := contentTypes[ext]; ok {
		return t
	}
	if t, ok := contentTypes[container]; ok {
		return t
	}
	return DefaultContentType
}
