package transcode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

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

// HLS reports whether a format is one of the two of HTTP live streaming.
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

// InHLS reports whether a playlist of HLS lists an output.
func (s JobSpec) InHLS(output int) bool {
	return slices.ContainsFunc(s.Playlists,
		func(p PlaylistSpec) bool { return p.Format.HLS() && slices.Contains(p.Outputs, output) })
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

// playlistSpecs reads the playlists of a job whose outputs have been read.
func playlistSpecs(r *reader, playlists []api.Playlist, outputs []OutputSpec) []PlaylistSpec {
	specs := make([]PlaylistSpec, 0, len(playlists))
	for i := range playlists {
		specs = append(specs, playlistSpec(r, &playlists[i], outputs))
	}
	for i, p := range specs {
		if slices.ContainsFunc(specs[:i], func(o PlaylistSpec) bool { return o.Name == p.Name }) {
			r.fail(invalid("Playlists:Name", p.Name, "each playlist must have a Name of its own"))
		}
		if i > 0 && folder(p.Name) != folder(specs[0].Name) {
			r.fail(invalid("Playlists:Name", p.Name,
				"the section before the last / must be identical for all playlists"))
		}
	}
	return specs
}

func playlistSpec(r *reader, p *api.Playlist, outputs []OutputSpec) PlaylistSpec {
	spec := PlaylistSpec{Name: text(p.Name), Format: PlaylistFormat(text(p.Format))}
	r.within("Playlist '"+spec.Name+"'", func(r *reader) {
		checkFormat(r, p)
		spec.Outputs = memberIndexes(r, p.OutputKeys, outputs)
		spec.Protection = hlsProtection(r, spec.Format, p.HlsContentProtection)
		spec.PlayReady = playReady(r, spec.Format, p.PlayReadyDrm)
		if spec.Protection.Method != "" && spec.PlayReady.Format != "" {
			r.fail(invalidf("HlsContentProtection and PlayReadyDrm are mutually exclusive."))
		}
	})
	if r.err == nil {
		checkMembers(r, spec, outputs)
	}
	return spec
}

func checkFormat(r *reader, p *api.Playlist) {
	if text(p.Name) == "" {
		r.fail(missing("Name"))
	}
	if text(p.Format) == "" {
		r.fail(missing("Format"))
	}
	r.oneOf("Format", p.Format, string(HLSv3), string(HLSv4), string(Smooth), string(DASH))
}

// memberIndexes finds the outputs that a playlist lists by their keys.
func memberIndexes(r *reader, keys []string, outputs []OutputSpec) []int {
	const member = "OutputKeys"
	if len(keys) == 0 {
		r.fail(invalidf("%s is not allowed to be empty.", member))
	}
	var indexes []int
	for _, key := range keys {
		index := slices.IndexFunc(outputs, func(o OutputSpec) bool { return o.Key == key })
		switch {
		case index < 0:
			r.fail(invalid(member, key, "it must be the Key of an output of the job, without OutputKeyPrefix"))
		case slices.Contains(indexes, index):
			r.fail(invalid(member, key, "each output may be listed only once"))
		}
		indexes = append(indexes, index)
	}
	return indexes
}

// checkMembers holds the rules across a playlist's outputs (original.md 4.10).
// The first three texts are the original's, misspelling included.
func checkMembers(r *reader, p PlaylistSpec, outputs []OutputSpec) {
	var unsegmented []string
	for _, i := range p.Outputs {
		if !outputs[i].Segmented() {
			unsegmented = append(unsegmented, fmt.Sprintf("Output '%s' must have a SegmentDuration since it is part "+
				"of a playlist."+
				" SegmentDurtion is available only for 'ts' containers.", outputs[i].Key))
		}
	}
	if len(unsegmented) > 0 {
		r.fail(invalidf("%s", strings.Join(unsegmented, " ")))
		return
	}
	first := outputs[p.Outputs[0]]
	for _, i := range p.Outputs {
		checkMember(r, p, outputs[i], first)
	}
	for _, has := range []func(OutputSpec) bool{
		func(o OutputSpec) bool { return o.Preset.Video != nil },
		func(o OutputSpec) bool { return o.Preset.Audio != nil },
	} {
		of := slices.DeleteFunc(slices.Clone(p.Outputs), func(i int) bool { return !has(outputs[i]) })
		for _, i := range of {
			checkAlike(r, p, outputs[i], outputs[of[0]])
		}
	}
}

// checkMember holds an output of a playlist to what all have in common.
func checkMember(r *reader, p PlaylistSpec, o, first OutputSpec) {
	switch {
	case !playsIn(p.Format, o.Preset.Container, first.Preset.Container):
		r.fail(invalidf("All output keys in a %s playlist must have container type of %s.", p.Format,
			playlistContainers[p.Format][0]))
	case p.Protection.Method != "" && o.Preset.Container != TS:
		r.fail(invalidf("Playlist '%s': HlsContentProtection requires outputs in ts; '%s' is in %s.", p.Name, o.Key,
			o.Preset.Container))
	case !strings.HasPrefix(o.Key, folder(p.Name)):
		r.fail(invalidf("All outputs in a playlist must begin identically to the playlist name upto the last / " +
			"character."))
	case o.SegmentDuration != first.SegmentDuration:
		r.fail(unlike("SegmentDuration", "that", "differs", o, first))
	case p.Format == DASH && multiplexed(o) != multiplexed(first):
		r.fail(invalidf("All outputs in a MPEG-DASH playlist must have either video or audio, or all of them both: "+
			"'%s' and '%s' differ.", o.Key, first.Key))
	case o.Clip != first.Clip:
		r.fail(unlike("Composition", "that", "differs", o, first))
	}
	captions, ok := playlistCaptions[o.Preset.Container][p.Format]
	for _, f := range o.CaptionFormats {
		if ok && f.Format != captions {
			r.fail(invalidf("Captions of fmp4 outputs in a %s playlist must be %s; those of '%s' are %s.", p.Format,
				captions,
				o.Key, f.Format))
		}
	}
}

// playlistCaptions are the only captions that some playlists can refer to.
var playlistCaptions = map[Container]map[PlaylistFormat]CaptionFormat{FMP4: {HLSv4: WebVTT, DASH: WebVTT, Smooth: DFXP}}

// checkAlike compares an output's video and audio with those of another one of the
// playlist; what one of the two does not have is not compared.
func checkAlike(r *reader, p PlaylistSpec, o, other OutputSpec) {
	if v, w := o.Preset.Video, other.Preset.Video; v != nil && w != nil {
		switch {
		case !sameCaptions(o, other):
			r.fail(unlike("Captions", "those", "differ", o, other))
		case conversion(o) != conversion(other):
			r.fail(unlike("ColorSpaceConversionMode", "that", "differs", o, other))
		case p.Format == Smooth && v.Profile != w.Profile:
			r.fail(unlike("video Profile", "that", "differs", o, other))
		case p.Format == Smooth && !sameCadence(v, w):
			r.fail(unlike("ratio of FrameRate to KeyframesMaxDist", "that", "differs", o, other))
		}
	}
	if a, b := o.Preset.Audio, other.Preset.Audio; p.Format == Smooth && a != nil && b != nil &&
		a.Profile != b.Profile {
		r.fail(unlike("audio Profile", "that", "differs", o, other))
	}
}

// sameCadence reports whether keyframes are equally far apart in time; of automatic
// rates that is known only where limits and distances are equal.
func sameCadence(a, b *VideoSpec) bool {
	if a.FrameRate.IsZero() || b.FrameRate.IsZero() {
		return a.FrameRate == b.FrameRate && a.MaxFrameRate == b.MaxFrameRate && a.GOP.MaxFrames == b.GOP.MaxFrames
	}
	frames := func(v *VideoSpec) media.Rational { return media.NewRational(int64(v.GOP.MaxFrames), 1) }
	return a.FrameRate.Mul(frames(b)) == b.FrameRate.Mul(frames(a))
}

// multiplexed reports whether an output has video and audio in one file.
func multiplexed(o OutputSpec) bool { return o.Preset.Video != nil && o.Preset.Audio != nil }

func unlike(member, that, differs string, o, other OutputSpec) *Error {
	return invalidf("All outputs in a playlist must have the same %s: %s of '%s' %s from %s of '%s'.", member, that,
		o.Key,
		differs, that, other.Key)
}

// playsIn reports whether a playlist may list an output in a container, its first
// one being in another or the same.
func playsIn(f PlaylistFormat, c, first Container) bool {
	return c == first && slices.Contains(playlistContainers[f], c)
}

// sameCaptions reports whether the captions of two outputs are the same but for the names of files.
func sameCaptions(a, b OutputSpec) bool {
	sameFormat := func(a, b CaptionFormatSpec) bool {
		return a.Format == b.Format && a.Encryption.Mode == b.Encryption.Mode
	}
	return slices.EqualFunc(a.CaptionFormats, b.CaptionFormats, sameFormat) &&
		a.Captions.Policy == b.Captions.Policy && slices.Equal(a.Captions.Sources, b.Captions.Sources)
}

// conversion is the mode of an output's video; a preset that does not say goes with
// None.
func conversion(o OutputSpec) ColorConversion {
	if o.Preset.Video.Conversion == "" {
		return ConvertNone
	}
	return o.Preset.Video.Conversion
}

// folder is a name up to and including its last slash, "" without one.
func folder(name string) string { return name[:strings.LastIndex(name, "/")+1] }

func shownPlaylists(playlists []api.CreateJobPlaylist) []api.Playlist {
	shown := make([]api.Playlist, len(playlists))
	for i, p := range playlists {
		shown[i] = api.Playlist{
			Name: p.Name, Format: p.Format, OutputKeys: p.OutputKeys, Status: new(string(Submitted)),
			HlsContentProtection: p.HlsContentProtection, PlayReadyDrm: p.PlayReadyDrm,
		}
	}
	return shown
}
