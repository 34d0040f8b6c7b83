package manifest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// Variant is a rendition in a master playlist.
type Variant struct {
	// URI leads from the master playlist to the media playlist (see [RelativeURI]).
	URI string
	// Bandwidth and Average are in bits per second (see [Bandwidth] and [AverageBandwidth]).
	Bandwidth, Average int
	// FrameRate is zero without video.
	FrameRate media.Rational
	// Size is zero for a rendition without video.
	Size media.Size
	// Video and Audio are the codecs in the words of RFC 6381 ("avc1.4d001f",
	// "mp4a.40.2"); "" without video or audio.
	Video, Audio string
	// AudioGroup is the group that the audio comes from; "" for the variant's own.
	AudioGroup string
}

// Key is how segments are encrypted with AES-128 (RFC 8216 section 4.3.2.4).
type Key struct {
	// URI is where players get the key.
	URI string
	// Vector is the initialization vector of every segment.
	Vector [16]byte
}

// tag is the line that says so; "" for no key.
func (k *Key) tag() string {
	if k == nil {
		return ""
	}
	return fmt.Sprintf("#EXT-X-KEY:METHOD=AES-128,URI=%s,IV=0x%X\n", quoted(k.URI), k.Vector)
}

// The target of a playlist is in seconds, and the same for all playlists that a master
// playlist names (RFC 8216 section 6.2.4): see [TargetSeconds].

// MediaV3 is the media playlist of an HLSv3 rendition whose segments stand
// beside it.
func MediaV3(segments []Segment, target int64, key *Key) []byte {
	return files(mediaHead(3, target), segments, key)
}

// MediaV4 is the media playlist of an HLSv4 rendition whose segments are ranges
// of the one file that stands beside it.
func MediaV4(segments []Segment, target int64, key *Key) []byte {
	b := mediaHead(4, target)
	b.WriteString(onDemandType)
	return ranges(b, segments, key)
}

// IFrames is the playlist of the key frames of an HLSv4 rendition, each with the
// time until the next (RFC 8216 section 4.3.3.6).
func IFrames(frames []Segment, target int64, key *Key) []byte {
	b := mediaHead(4, target)
	b.WriteString(onDemandType + "#EXT-X-I-FRAMES-ONLY\n")
	return ranges(b, frames, key)
}

// Subtitles is the media playlist of segmented captions that stand beside it.
func Subtitles(segments []Segment, target int64) []byte {
	b := mediaHead(3, target)
	b.WriteString(onDemandType)
	return files(b, segments, nil)
}

// onDemandType says that a playlist is complete. The original's media playlists of HLSv3
// do not say it.
const onDemandType = "#EXT-X-PLAYLIST-TYPE:VOD\n"

func mediaHead(version int, target int64) *bytes.Buffer {
	b := new(bytes.Buffer)
	fmt.Fprintf(b, "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n", version)
	fmt.Fprintf(b, "#EXT-X-TARGETDURATION:%d\n", target)
	return b
}

// files are segments in files of their own.
func files(b *bytes.Buffer, segments []Segment, key *Key) []byte {
	b.WriteString(key.tag())
	for _, s := range segments {
		fmt.Fprintf(b, "#EXTINF:%.6f,\n%s\n", s.Duration.Seconds(), RelativeURI("", s.Name))
	}
	b.WriteString("#EXT-X-ENDLIST\n")
	return b.Bytes()
}

// MediaV7 is the media playlist of a rendition in fragmented mp4: its segments are
// ranges of the one file that stands beside it, and so is the header, which players
// read before any of them.
func MediaV7(segments []Segment, target int64, header Segment) []byte {
	return ranges(headV7(target, header), segments, nil)
}

// IFramesV7 is [IFrames] for fragmented mp4.
func IFramesV7(frames []Segment, target int64, header Segment) []byte {
	b := headV7(target, header)
	b.WriteString("#EXT-X-I-FRAMES-ONLY\n")
	return ranges(b, frames, nil)
}

// headV7 leaves out EXT-X-ALLOW-CACHE, which version 7 has removed (RFC 8216 section 7).
func headV7(target int64, header Segment) *bytes.Buffer {
	b := new(bytes.Buffer)
	fmt.Fprintf(b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:0\n", target)
	fmt.Fprintf(b, "%s#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=%s,BYTERANGE=\"%d@%d\"\n",
		onDemandType, quoted(RelativeURI("", header.Name)), header.SizeBytes, header.Offset)
	return b
}

func ranges(b *bytes.Buffer, segments []Segment, key *Key) []byte {
	b.WriteString(key.tag())
	for _, s := range segments {
		fmt.Fprintf(b, "#EXTINF:%.6f,\n#EXT-X-BYTERANGE:%d@%d\n%s\n", s.Duration.Seconds(), s.SizeBytes, s.Offset,
			RelativeURI("", s.Name))
	}
	b.WriteString("#EXT-X-ENDLIST\n")
	return b.Bytes()
}

// codecs are the names of RFC 6381, the video's first.
func (v Variant) codecs() string {
	names := []string{v.Video, v.Audio}
	return strings.Join(slices.DeleteFunc(names, func(name string) bool { return name == "" }), ",")
}
