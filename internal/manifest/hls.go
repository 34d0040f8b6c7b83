package manifest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// Variant is a rendition in a master playlist.
type Variant struct {
	// URI leads from the master playlist to the media playlist (see [RelativeURI]).
	URI string
	// Bandwidth is in bits per second (see [Bandwidth]).
	Bandwidth int
	// Size is zero for a rendition without video.
	Size media.Size
	// Profile and Level are the H.264 profile_idc and level_idc; both zero
	// without video.
	Profile, Level int
	// Audio is the sound's codec in the words of RFC 6381 ("mp4a.40.2"); ""
	// without sound.
	Audio string
}

// MediaV3 is the media playlist of an HLSv3 rendition whose segments stand
// beside it.
func MediaV3(segments []Segment) []byte {
	var b bytes.Buffer
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n")
	fmt.Fprintf(&b, "#EXT-X-TARGETDURATION:%d\n", targetSeconds(segments))
	for _, s := range segments {
		fmt.Fprintf(&b, "#EXTINF:%.6f,\n%s\n", s.Duration.Seconds(), RelativeURI("", s.Name))
	}
	b.WriteString("#EXT-X-ENDLIST\n")
	return b.Bytes()
}

// MasterV3 is an HLSv3 master playlist with the variants in their order, which
// is that of the job's OutputKeys.
func MasterV3(variants []Variant) []byte {
	var b bytes.Buffer
	b.WriteString("#EXTM3U\n")
	for _, v := range variants {
		b.WriteString("#EXT-X-STREAM-INF:PROGRAM-ID=1,")
		if !v.Size.IsZero() {
			fmt.Fprintf(&b, "RESOLUTION=%s,", v.Size)
		}
		fmt.Fprintf(&b, "CODECS=%q,BANDWIDTH=%d\n%s\n", v.codecs(), v.Bandwidth, v.URI)
	}
	return b.Bytes()
}

// codecs are the names of RFC 6381: avc1 with profile, no constraint flags and
// level, and the sound's.
func (v Variant) codecs() string {
	var names []string
	if v.Profile != 0 {
		names = append(names, fmt.Sprintf("avc1.%02x00%02x", v.Profile, v.Level))
	}
	if v.Audio != "" {
		names = append(names, v.Audio)
	}
	return strings.Join(names, ",")
}
