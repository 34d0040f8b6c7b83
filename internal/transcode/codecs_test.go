package transcode

import (
	"slices"
	"testing"
)

// TestCodecTables holds the tables to what the readers of presets rely on.
func TestCodecTables(t *testing.T) {
	t.Parallel()
	for _, c := range videoCodecs {
		if len(c.containers) == 0 || len(c.options) == 0 || c.largest.Width == 0 {
			t.Errorf("%s: %+v", c.name, c)
		}
		if slices.Contains(c.options, "Profile") != (c.profiles != nil) {
			t.Errorf("%s: profiles %q with the options %q", c.name, c.profiles, c.options)
		}
		if slices.Contains(c.options, "ChromaSubsampling") != (c.chromas != nil) {
			t.Errorf("%s: samplings %q with the options %q", c.name, c.chromas, c.options)
		}
	}
	for _, c := range audioCodecs {
		if len(c.containers) == 0 || len(c.sampleRates) == 0 || c.bitRates == nil {
			t.Errorf("%s: %+v", c.name, c)
		}
		if slices.Contains(c.options, "Profile") != (c.profiles != nil) ||
			slices.Contains(c.options, "BitDepth") != (c.bitDepths != nil) {
			t.Errorf("%s: profiles %q and depths %q with the options %q", c.name, c.profiles, c.bitDepths, c.options)
		}
		if limits := c.bitRates(&AudioSpec{Codec: c.name}); (limits.none != "") != (c.bitDepths != nil) {
			t.Errorf("%s: limits %+v with the depths %q", c.name, limits, c.bitDepths)
		}
	}
}

// TestContainers has what each container of the original holds (behaviour 3.1).
func TestContainers(t *testing.T) {
	t.Parallel()
	for container, want := range map[Container]struct {
		video []VideoCodec
		audio []AudioCodec
	}{
		FLAC: {nil, []AudioCodec{FLACAudio}},
		FLV:  {[]VideoCodec{H264}, []AudioCodec{AAC, MP3Audio}},
		FMP4: {[]VideoCodec{H264}, []AudioCodec{AAC}},
		GIF:  {[]VideoCodec{GIFV}, nil},
		MP2:  {nil, []AudioCodec{MP2Audio}},
		MP3:  {nil, []AudioCodec{MP3Audio}},
		MP4:  {[]VideoCodec{H264}, []AudioCodec{AAC, MP3Audio}},
		MPG:  {[]VideoCodec{MPEG2}, []AudioCodec{MP2Audio}},
		MXF:  {[]VideoCodec{MPEG2}, []AudioCodec{PCM}},
		OGA:  {nil, []AudioCodec{FLACAudio, Vorbis}},
		OGG:  {nil, []AudioCodec{FLACAudio, Vorbis}},
		TS:   {[]VideoCodec{H264}, []AudioCodec{AAC, MP3Audio}},
		WAV:  {nil, []AudioCodec{PCM}},
		WebM: {[]VideoCodec{VP8, VP9}, []AudioCodec{Vorbis}},
	} {
		if got := videoIn(container); !slices.Equal(got, want.video) {
			t.Errorf("%s has the video codecs %q, want %q", container, got, want.video)
		}
		if got := audioIn(container); !slices.Equal(got, want.audio) {
			t.Errorf("%s has the audio codecs %q, want %q", container, got, want.audio)
		}
		if !slices.Contains(containers(), container) {
			t.Errorf("%s is no container", container)
		}
	}
}
