package media

import "fmt"

// Caps is what the installed ffmpeg can do: all that depends on its version and on
// how it was built is asked here. The zero value can do nothing.
type Caps struct {
	// Version is ffmpeg's version text ("5.1.9-0+deb12u1").
	Version string
	// Release is the version as a number, also of builds that are of no release.
	Release Release
	// Encoders, Decoders, Demuxers, Muxers and Filters are the sets of ffmpeg's names.
	Encoders, Decoders, Demuxers, Muxers, Filters map[string]bool
	// FDKAAC is the path of an external fdkaac program, "" without one.
	FDKAAC string
	// Sandbox names how ffmpeg is confined: "bubblewrap", "landlock" or "none".
	Sandbox string
}

// Release is a version of ffmpeg, zero when it is not known.
type Release struct{ Major, Minor int }

func (r Release) String() string { return fmt.Sprintf("%d.%d", r.Major, r.Minor) }

// Before reports whether a release is older than another one.
func (r Release) Before(other Release) bool {
	return r.Major < other.Major || r.Major == other.Major && r.Minor < other.Minor
}

// oldest is the first release that is used.
var oldest = Release{5, 1}

// Refusal is a sentence that says why nothing can be made with this ffmpeg; "" when
// it can be used.
func (c Caps) Refusal() string {
	switch {
	case c.Release != Release{} && c.Release.Before(oldest):
		return fmt.Sprintf("ffmpeg %s is too old: %s or newer is needed", c.Version, oldest)
	case !c.Encoders["libx264"]:
		return fmt.Sprintf("ffmpeg %s was built without libx264, which is needed", c.Version)
	}
	return ""
}

// HEAAC reports whether something installed can write HE-AAC: an ffmpeg with
// libfdk_aac, or fdkaac.
func (c Caps) HEAAC() bool { return c.Encoders["libfdk_aac"] || c.FDKAAC != "" }

// ParallelEncoders reports whether the encoders of one run work at the same time, each
// in a thread of its own, as they do from 7.0 on. Before that they take turns.
func (c Caps) ParallelEncoders() bool { return !c.Release.Before(Release{7, 0}) }

// AlphaModes reports whether filters agree on what pixels with alpha hold, as they do from
// 8.1 on: a filter that wants other ones than are there has them converted.
func (c Caps) AlphaModes() bool { return c.Filters["premultiply_dynamic"] }

// Lack is something that this ffmpeg, or the machine, does not have.
type Lack struct {
	// Name is what is missing.
	Name string
	// Instead is a sentence about what is done without it.
	Instead string
}

// Codec is a codec that a preset can name, or a profile of one, and what encodes it.
type Codec struct {
	Name, Encoder string
	// Here reports whether the encoder is installed.
	Here bool
}

// Codecs lists what presets can name, with the encoder of each.
func (c Caps) Codecs() []Codec {
	var all []Codec
	for _, e := range encoders {
		all = append(all, Codec{e.codec, e.encoder, c.Encoders[e.encoder]})
	}
	highEfficiency := "fdkaac"
	if c.Encoders["libfdk_aac"] {
		highEfficiency = "libfdk_aac"
	}
	return append(all, Codec{"HE-AAC", highEfficiency, c.HEAAC()})
}

// HDR reports whether the colours of HDR can be converted.
func (c Caps) HDR() bool { return c.Filters["zscale"] && c.Filters["tonemap"] }

// encoders are those that presets can need, by the preset's codec.
var encoders = []struct{ codec, encoder string }{
	{"H.264", "libx264"}, {"vp8", "libvpx"}, {"vp9", "libvpx-vp9"}, {"mpeg2", "mpeg2video"}, {"gif", "gif"},
	{"AAC-LC", "aac"}, {"mp3", "libmp3lame"}, {"mp2", "mp2"}, {"vorbis", "libvorbis"}, {"flac", "flac"},
	{"pcm", "pcm_s16le"},
}

// decoders are those of codecs that files of users often have, and that are not in
// every build.
var decoders = []struct{ codec, name string }{
	{"h264", "H.264"}, {"hevc", "HEVC"}, {"vp9", "VP9"}, {"av1", "AV1"}, {"vvc", "VVC"},
}

// Missing lists what is missing, and what is done instead.
func (c Caps) Missing() []Lack {
	var lacks []Lack
	add := func(name, instead string, args ...any) {
		lacks = append(lacks, Lack{name, fmt.Sprintf(instead, args...)})
	}
	for _, e := range encoders {
		if !c.Encoders[e.encoder] {
			add("encoder "+e.encoder, "Outputs whose preset has the codec %s end with error 9000.", e.codec)
		}
	}
	if !c.HEAAC() {
		add("encoder for HE-AAC", "Audio with the profile auto becomes AAC-LC. Outputs whose preset names HE-AAC "+
			"or HE-AACv2 end with error 9000, or become AAC-LC with --aac-fallback.")
	}
	for _, d := range decoders {
		if !c.Decoders[d.codec] {
			add("decoder for "+d.name, "Inputs whose video is %s end with error 4006.", d.name)
		}
	}
	if !c.HDR() {
		add("filters zscale and tonemap", "Outputs of HDR inputs keep the colours of HDR. Their StatusDetail says so.")
	}
	if !c.ParallelEncoders() {
		add("encoders that work at the same time", "Outputs in VP8, VP9, MPEG-2 and GIF are made in runs of their "+
			"own, each of which decodes the input.")
	}
	switch c.Sandbox {
	case "landlock":
		add("bubblewrap", "Landlock and the filter of system calls alone confine ffmpeg.")
	case "none":
		add("bubblewrap", "ffmpeg runs without a sandbox, within limits and lists of what it may open.")
	}
	return lacks
}
