package transcode

import "slices"

// PlaylistFormat is a playlist's format in the API's spelling.
type PlaylistFormat string

// The playlist formats of the API model.
const (
	HLSv3  PlaylistFormat = "HLSv3"
	HLSv4  PlaylistFormat = "HLSv4"
	Smooth PlaylistFormat = "Smooth"
	DASH   PlaylistFormat = "MPEG-DASH"
)

// playlistContainers are what the outputs of a playlist may be in, by its format.
// HLSv4 with outputs in fmp4 is an extension: a
// playlist of HLS version 7.
var playlistContainers = map[PlaylistFormat][]Container{
	HLSv3:  {TS},
	HLSv4:  {TS, FMP4},
	DASH:   {FMP4},
	Smooth: {FMP4},
}

// playReadyFormats are the formats whose playlists PlayReady may protect.
var playReadyFormats = []PlaylistFormat{Smooth, DASH}

// HLS tells the two formats of HTTP live streaming.
func (f PlaylistFormat) HLS() bool { return f == HLSv3 || f == HLSv4 }

// PlaylistSpec is one master playlist.
type PlaylistSpec struct {
	// Name is without OutputKeyPrefix and extension.
	Name   string
	Format PlaylistFormat
	// Outputs are indexes into JobSpec.Outputs, in the order of the request's OutputKeys.
	Outputs []int
	// Protection is that of HLS. The zero value is none.
	Protection HLSProtectionSpec
	// PlayReady is the protection of fragmented mp4. The zero value is none.
	PlayReady PlayReadySpec
}

// HLSProtectionSpec is how the segments of an HLS playlist are encrypted: with
// AES-128 in CBC mode and PKCS #7 padding (RFC 8216 section 4.3.2.4). Key and vector
// are those of all its outputs and segments.
type HLSProtectionSpec struct {
	// Method is "aes-128"; "" is no protection.
	Method string
	// Key is the data key as KMS has encrypted it, KeyMD5 the digest of that, and
	// Vector the initialization vector, all in base64. What is "" will be generated.
	Key, KeyMD5, Vector string
	// LicenseURL is where players get the key, absolute; "" when StoreKey is set.
	LicenseURL string
	// StoreKey puts the key itself beside the playlists, as an object of its own.
	StoreKey bool
}

// PlayReadySpec is how the outputs of a playlist are encrypted for PlayReady
// (API model, PlayReadyDrm).
type PlayReadySpec struct {
	// Format is "microsoft"; "" is no protection.
	Format string
	// Key is the data key as KMS has encrypted it and KeyMD5 the digest of that, in base64.
	Key, KeyMD5 string
	// KeyID is the key's GUID, in the order of its digits (big endian).
	KeyID [16]byte
	// Vector is base64 of the first sample's 8 bytes; "" will be generated.
	Vector string
	// LicenseURL is where players get a licence.
	LicenseURL string
}

// InHLS tells whether a playlist of HLS lists an output.
func (s JobSpec) InHLS(output int) bool {
	return slices.ContainsFunc(s.Playlists, func(p PlaylistSpec) bool { return p.Format.HLS() && slices.Contains(p.Outputs, output) })
}

// formatsOf are the formats of the playlists that list an output.
func formatsOf(output int, o OutputSpec, playlists []PlaylistSpec) (formats []PlaylistFormat) {
	if !o.Segmented() {
		return nil
	}
	for _, p := range playlists {
		if slices.Contains(p.Outputs, output) && !slices.Contains(formats, p.Format) {
			formats = append(formats, p.Format)
		}
	}
	switch {
	case len(formats) > 0:
		return formats
	case o.Preset.Container == FMP4:
		return []PlaylistFormat{DASH}
	}
	return []PlaylistFormat{HLSv3}
}
