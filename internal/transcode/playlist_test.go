package transcode

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
)

const (
	hlsSound  = "1351620000001-200060"
	hlsVideo  = "1351620000001-200055" // no sound
	smooth400 = "1351620000001-400080"
	dash600   = "1351620000001-500050"

	keyOf16  = `"Key": "AAAA", "KeyMd5": "aT6a+E09/MceZA4AW9xeLg=="`
	vector16 = `"InitializationVector": "AAAAAAAAAAAAAAAAAAAAAA=="`
	license  = `"LicenseAcquisitionUrl": "https://example.com/key"`
)

// Every rule about playlists that a request can break, with the exact words.
func TestPlaylistRefusals(t *testing.T) {
	t.Parallel()
	const unsegmented = "Output '%s' must have a SegmentDuration since it is part of a playlist. SegmentDurtion is " +
		"available only for 'ts' containers."
	outputs := func(a, b string) string {
		return `{"Outputs": [{"Key": "a", "PresetId": "` + hls600 + `", "SegmentDuration": "10", ` + a +
			`}, {"Key": "b", "PresetId": "` + hls400 + `", "SegmentDuration": "10", ` + b + `}]}`
	}
	playlist := func(members string) string { return `{"Playlists": [{` + members + `}]}` }
	protected := func(members string) string { return playlist(`"HlsContentProtection": {` + members + `}`) }
	drm := func(members string) string { return playlist(`"PlayReadyDrm": {` + members + `}`) }
	two := func(first, second string) string {
		return `{"Playlists": [{"Name": "m", "Format": "HLSv3", "OutputKeys": ["a"]` + first +
			`}, {"Name": "n", "Format": "HLSv3", "OutputKeys": ["b"]` + second + `}]}`
	}
	both := func(first, second string) string {
		return `{"Playlists": [{"Name": "m", "Format": "HLSv3", "OutputKeys": ["a", "b"]` + first +
			`}, {"Name": "n", "Format": "HLSv4", "OutputKeys": ["b"]` + second + `}]}`
	}
	const prefixed = "All outputs in a playlist must begin identically to the playlist name upto the last / character."
	for _, c := range []struct{ change, want string }{
		// what the playlist is
		{playlist(`"Format": null`), `Playlist 'm': Format is not allowed to be null.`},
		{playlist(`"Format": "HLSv5"`),
			`1 validation error detected: Value 'HLSv5' at 'playlists.1.member.format' failed to satisfy constraint: Member must satisfy regular expression pattern: (^HLSv3$)|(^HLSv4$)|(^Smooth$)|(^MPEG-DASH$)`},
		{playlist(`"Name": null`), `Playlist '': Name is not allowed to be null.`},
		{playlist(`"OutputKeys": []`), `Playlist 'm': OutputKeys is not allowed to be empty.`},
		{playlist(`"OutputKeys": ["a", "c"]`),
			`Playlist 'm': OutputKeys "c" is not valid: it must be the Key of an output of the job, without OutputKeyPrefix.`},
		{playlist(`"OutputKeys": ["p/a"]`),
			`Playlist 'm': OutputKeys "p/a" is not valid: it must be the Key of an output of the job, without OutputKeyPrefix.`},
		{playlist(`"OutputKeys": ["a", "a"]`),
			`Playlist 'm': OutputKeys "a" is not valid: each output may be listed only once.`},
		{playlist(`"OutputKeys": ["` + strings.Repeat(`a", "`, 30) + `a"]`), `1 validation error detected: Value '[` +
			strings.Repeat("a, ", 30) +
			`a]' at 'playlists.1.member.outputKeys' failed to satisfy constraint: Member must have length less than or equal to 30`},
		// names
		{playlist(`"Name": "x/m"`), prefixed},
		{playlist(`"Name": "m/"`), prefixed},
		{two(`, "Name": "x"`, `, "Name": "x"`),
			`Playlists:Name "x" is not valid: each playlist must have a Name of its own.`},
		{two(``, `, "Name": "a"`),
			`the playlist of output 'a' and playlist 'a' would both be written as "p/a.m3u8": give one of them another name.`},
		{playlist(`"Format": "HLSv4", "Name": "a_v4"`),
			`the playlist of output 'a' and playlist 'a_v4' would both be written as "p/a_v4.m3u8": give one of them another name.`},
		{playlist(`"Format": "HLSv4", "Name": "b_iframe"`),
			`the I-frame playlist of output 'b' and playlist 'b_iframe' would both be written as "p/b_iframe.m3u8": give one of them another name.`},
		{`{"Outputs": [{"Key": "a", "PresetId": "` + hls600 +
			`", "SegmentDuration": "10"}, {"Key": "b", "PresetId": "` +
			hls400 + `", "SegmentDuration": "10"},
			{"Key": "b.ts", "PresetId": "` + web + `"}], "Playlists": [{"Format": "HLSv4"}]}`,
			`the media of output 'b' and Output 'b.ts' would both be written as "p/b.ts": give one of them another name.`},
		{`{"Outputs": [{"Key": "a", "PresetId": "` + hls600 +
			`", "SegmentDuration": "10"}, {"Key": "b", "PresetId": "` +
			hls400 + `", "SegmentDuration": "10"},
			{"Key": "m.key", "PresetId": "` + web +
			`"}], "Playlists": [{"HlsContentProtection": {"Method": "aes-128", "KeyStoragePolicy": "WithVariantPlaylists"}}]}`,
			`Output 'm.key' and the key of playlist 'm' would both be written as "p/m.key": give one of them another name.`},
		// its outputs, alike
		{outputs(`"SegmentDuration": null`, `"Rotate": "0"`), strings.ReplaceAll(unsegmented, "%s", "a")},
		{outputs(`"SegmentDuration": null`, `"SegmentDuration": null`), strings.ReplaceAll(unsegmented, "%s", "b") +
			" " +
			strings.ReplaceAll(unsegmented, "%s", "a")},
		{outputs(`"PresetId": "`+web+`", "SegmentDuration": null`, `"Rotate": "0"`),
			strings.ReplaceAll(unsegmented, "%s", "a")},
		{outputs(`"SegmentDuration": "9"`, `"Rotate": "0"`),
			`All outputs in a playlist must have the same SegmentDuration: that of 'a' differs from that of 'b'.`},
		{outputs(`"SegmentDuration": "10.00001"`, `"Rotate": "0"`),
			`All outputs in a playlist must have the same SegmentDuration: that of 'a' differs from that of 'b'.`},
		{outputs(`"Composition": [{"TimeSpan": {"Duration": "5"}}]`, `"Rotate": "0"`),
			`All outputs in a playlist must have the same Composition: that of 'a' differs from that of 'b'.`},
		{outputs(`"Captions": {"CaptionFormats": [{"Format": "webvtt", "Pattern": "a-{language}"}]}`, `"Rotate": "0"`),
			`All outputs in a playlist must have the same Captions: those of 'a' differ from those of 'b'.`},
		{outputs(`"Captions": {"CaptionFormats": [{"Format": "webvtt", "Pattern": "a-{language}"}]}`,
			`"Captions": {"CaptionFormats": [{"Format": "srt", "Pattern": "b-{language}"}]}`),
			`All outputs in a playlist must have the same Captions: those of 'a' differ from those of 'b'.`},
		{outputs(`"PresetId": "1111111111111-custom"`, `"Rotate": "0"`),
			`All outputs in a playlist must have the same ColorSpaceConversionMode: that of 'a' differs from that of 'b'.`},
		// content protection of HLS
		{protected(license), `Playlist 'm': HlsContentProtection:Method is not allowed to be null.`},
		{protected(`"Method": "sample-aes", ` + license),
			`1 validation error detected: Value 'sample-aes' at 'playlists.1.member.hlsContentProtection.method' failed to satisfy constraint: Member must satisfy regular expression pattern: (^aes-128$)`},
		{protected(`"Method": "aes-128"`),
			`Playlist 'm': HlsContentProtection:LicenseAcquisitionUrl is not allowed to be null, unless the KeyStoragePolicy is WithVariantPlaylists: players would not know where the key is.`},
		{protected(`"Method": "aes-128", "KeyStoragePolicy": "NoStore", "LicenseAcquisitionUrl": ""`),
			`Playlist 'm': HlsContentProtection:LicenseAcquisitionUrl is not allowed to be null, unless the KeyStoragePolicy is WithVariantPlaylists: players would not know where the key is.`},
		{protected(`"Method": "aes-128", "KeyStoragePolicy": "WithVariantPlaylists", ` + license),
			`Playlist 'm': HlsContentProtection:LicenseAcquisitionUrl is not allowed with the KeyStoragePolicy WithVariantPlaylists: players get the key from the object beside the playlists.`},
		{protected(`"Method": "aes-128", "KeyStoragePolicy": "Elsewhere"`),
			`1 validation error detected: Value 'Elsewhere' at 'playlists.1.member.hlsContentProtection.keyStoragePolicy' failed to satisfy constraint: Member must satisfy regular expression pattern: (^NoStore$)|(^WithVariantPlaylists$)`},
		{protected(`"Method": "aes-128", "LicenseAcquisitionUrl": "/keys/1"`),
			`Playlist 'm': HlsContentProtection:LicenseAcquisitionUrl "/keys/1" is not valid: it must be an absolute address, such as https://example.com/key.`},
		{protected(`"Method": "aes-128", "LicenseAcquisitionUrl": "https://example.com/\"x"`),
			`Playlist 'm': HlsContentProtection:LicenseAcquisitionUrl "https://example.com/\"x" is not valid: it must be an absolute address, such as https://example.com/key.`},
		{protected(`"Method": "aes-128", "Key": "AAAA", ` + license),
			`Playlist 'm': HlsContentProtection:Key and KeyMd5 must be given together, or both be left out; a key is then generated.`},
		{protected(`"Method": "aes-128", "KeyMd5": "AAAAAAAAAAAAAAAAAAAAAA==", ` + license),
			`Playlist 'm': HlsContentProtection:Key and KeyMd5 must be given together, or both be left out; a key is then generated.`},
		{protected(`"Method": "aes-128", "Key": "AAAA", "KeyMd5": "AAAAAAAAAAAAAAAAAAAAAA==", ` + license),
			`Playlist 'm': HlsContentProtection:KeyMd5 "AAAAAAAAAAAAAAAAAAAAAA==" is not valid: the MD5 digest of the decoded Key is aT6a+E09/MceZA4AW9xeLg==.`},
		{protected(`"Method": "aes-128", "Key": "AAAA", "KeyMd5": "AAAA", ` + license),
			`Playlist 'm': HlsContentProtection:KeyMd5 "AAAA" is not valid: it must be the base64 text of 16 bytes.`},
		{protected(`"Method": "aes-128", "InitializationVector": "AAAA", ` + license),
			`Playlist 'm': HlsContentProtection:InitializationVector "AAAA" is not valid: it must be the base64 text of 16 bytes.`},
		{two(``, `, "OutputKeys": ["a"], "HlsContentProtection": {"Method": "aes-128", `+license+`}`),
			`Output 'a' is in the playlists 'm' and 'n', whose HlsContentProtection differ.`},
		{both(`, "HlsContentProtection": {"Method": "aes-128", `+keyOf16+`, `+license+`}`,
			`, "HlsContentProtection": {"Method": "aes-128", `+keyOf16+`, `+vector16+`, `+license+`}`),
			`Output 'b' is in the playlists 'm' and 'n', whose HlsContentProtection differ.`},
		{`{"Outputs": [{"Key": "a", "PresetId": "` + hls600 +
			`", "SegmentDuration": "10"}, {"Key": "b", "PresetId": "` +
			hls400 + `", "SegmentDuration": "10", "Encryption": {"Mode": "aes-ctr"}}],
			"Playlists": [{"HlsContentProtection": {"Method": "aes-128", ` + license + `}}]}`,
			`Output 'b' has Encryption, and the playlist 'm' has HlsContentProtection: these are mutually exclusive.`},
		// PlayReady
		{drm(license), `Playlist 'm': PlayReadyDrm:Format is not allowed to be null.`},
		{drm(`"Format": "discretix-3.0", ` + keyOf16 + `, "KeyId": "` + strings.Repeat("0", 32) + `", ` + license),
			`Playlist 'm': PlayReadyDrm:Format "discretix-3.0" is not valid: its scheme was never published, and no current player supports it; protect HLS with HlsContentProtection, or use the Format microsoft.`},
		{drm(`"Format": "widevine"`),
			`1 validation error detected: Value 'widevine' at 'playlists.1.member.playReadyDrm.format' failed to satisfy constraint: Member must satisfy regular expression pattern: (^microsoft$)|(^discretix-3.0$)`},
	} {
		_, err := createJob(t, hlsDocument, c.change)
		if got := message(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.change, got, c.want)
		}
	}
}

// Containers of outputs, by the format of the playlist.
func TestPlaylistContainers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, a, b, want string }{
		{"HLSv3", hls400, smooth400, `All output keys in a HLSv3 playlist must have container type of ts.`},
		{"HLSv3", smooth400, hls400, `All output keys in a HLSv3 playlist must have container type of ts.`},
		{"HLSv4", hls400, smooth400, `All output keys in a HLSv4 playlist must have container type of ts.`},
		{"HLSv4", smooth400, hls400, `All output keys in a HLSv4 playlist must have container type of ts.`},
		{"HLSv3", smooth400, smooth400, `All output keys in a HLSv3 playlist must have container type of ts.`},
		{"MPEG-DASH", hls400, dash600, `All output keys in a MPEG-DASH playlist must have container type of fmp4.`},
		{"MPEG-DASH", dash600, smooth400,
			`All outputs in a MPEG-DASH playlist must have either video or audio, or all of them both: 'b' and 'a' differ.`},
		{"MPEG-DASH", smooth400, dash600,
			`All outputs in a MPEG-DASH playlist must have either video or audio, or all of them both: 'b' and 'a' differ.`},
	} {
		r := &reader{}
		outputs := []OutputSpec{{Key: "a", SegmentDuration: 1, Preset: specOf(t, c.a)},
			{Key: "b", SegmentDuration: 1, Preset: specOf(t, c.b)}}
		checkMembers(r, PlaylistSpec{Format: PlaylistFormat(c.format), Outputs: []int{0, 1}}, outputs)
		if r.err == nil || message(t, r.err) != c.want {
			t.Errorf("%s of %s and %s: %v", c.format, c.a, c.b, r.err)
		}
	}
	_, err := createJob(t, `{"PipelineId": "`+pipelineID+`", "Input": {"Key": "in"},
		"Outputs": [{"Key": "x/1", "PresetId": "`+hls400+`", "SegmentDuration": "6"}, {"Key": "y/1", "PresetId": "`+hls400+
		`", "SegmentDuration": "6"}],
		"Playlists": [{"Name": "x/m", "Format": "HLSv3", "OutputKeys": ["x/1"]}, {"Name": "y/m", "Format": "HLSv3", "OutputKeys": ["y/1"]}]}`, `{}`)
	if got, want := message(t,
		err),
		`Playlists:Name "y/m" is not valid: the section before the last / must be identical for all playlists.`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func specOf(t testing.TB, id string) PresetSpec {
	t.Helper()
	p, ok := SystemPreset(id)
	if !ok {
		t.Fatalf("no preset %s", id)
	}
	spec, err := PresetSpecOf(p)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// The rules of Smooth between outputs: profiles, and how far apart keyframes are.
func TestSmoothRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*PresetSpec)
		want   string
	}{
		{"same", func(*PresetSpec) {}, ""},
		{"25/50 beside 30/60", func(p *PresetSpec) {
			p.Video.FrameRate, p.Video.GOP.MaxFrames = media.NewRational(25, 1),
				50
		}, ""},
		{"no sound", func(p *PresetSpec) { p.Audio = nil }, ""},
		{"no pictures", func(p *PresetSpec) { p.Video = nil }, ""},
		{"25/60", func(p *PresetSpec) { p.Video.FrameRate = media.NewRational(25, 1) },
			"ratio of FrameRate to KeyframesMaxDist: that of 'b' differs from that of 'a'."},
		{"30/90", func(p *PresetSpec) { p.Video.GOP.MaxFrames = 90 },
			"ratio of FrameRate to KeyframesMaxDist: that of 'b' differs from that of 'a'."},
		{"auto", func(p *PresetSpec) { p.Video.FrameRate = media.Rational{} },
			"ratio of FrameRate to KeyframesMaxDist: that of 'b' differs from that of 'a'."},
		{"video Profile", func(p *PresetSpec) { p.Video.Profile = "main" },
			"video Profile: that of 'b' differs from that of 'a'."},
		{"audio Profile", func(p *PresetSpec) { p.Audio.Profile = "HE-AAC" },
			"audio Profile: that of 'b' differs from that of 'a'."},
	} {
		changed := specOf(t, smooth400)
		c.change(&changed)
		r := &reader{}
		checkAlike(r, PlaylistSpec{Format: Smooth}, OutputSpec{Key: "b", Preset: changed},
			OutputSpec{Key: "a", Preset: specOf(t, smooth400)})
		switch {
		case c.want == "" && r.err != nil:
			t.Errorf("%s: %v", c.name, r.err)
		case c.want != "" && (r.err == nil || message(t, r.err) != "All outputs in a playlist must have the same "+
			c.want):
			t.Errorf("%s: %v", c.name, r.err)
		}
	}
	auto := &VideoSpec{MaxFrameRate: media.NewRational(60, 1), GOP: GOP{MaxFrames: 90}}
	slower := &VideoSpec{MaxFrameRate: media.NewRational(30, 1), GOP: GOP{MaxFrames: 90}}
	if !sameCadence(auto, auto) || sameCadence(auto, slower) {
		t.Error("automatic rates are not compared by their limits")
	}
}

// What the rules of playlists let pass.
func TestPlaylistsAccepted(t *testing.T) {
	t.Parallel()
	sound := `{"Key": "s", "PresetId": "` + hlsSound + `", "SegmentDuration": "10"}`
	for _, c := range []struct {
		change string
		want   [][]PlaylistFormat // of the outputs
	}{
		{`{}`, [][]PlaylistFormat{{HLSv3}, {HLSv3}}},
		{`{"Playlists": []}`, [][]PlaylistFormat{{HLSv3}, {HLSv3}}},
		{`{"Playlists": [{"Format": "HLSv4"}]}`, [][]PlaylistFormat{{HLSv4}, {HLSv4}}},
		{`{"Playlists": [{"Name": "m", "Format": "HLSv3", "OutputKeys": ["a"]}, {"Name": "n", "Format": "HLSv4", "OutputKeys": ["b", "a"]}]}`, [][]PlaylistFormat{{HLSv3, HLSv4}, {HLSv4}}},
		// sound beside video with captions and a conversion
		{`{"Outputs": [{"Key": "v", "PresetId": "1111111111111-custom", "SegmentDuration": "10", "Captions": {"CaptionFormats": [{"Format": "webvtt", "Pattern": "c-{language}"}]}}, ` + sound + `],
			"Playlists": [{"Format": "HLSv4", "OutputKeys": ["s", "v"]}]}`, [][]PlaylistFormat{{HLSv4}, {HLSv4}}},
		{`{"Playlists": [{"HlsContentProtection": {"Method": "aes-128", "KeyStoragePolicy": "WithVariantPlaylists"}}]}`,
			[][]PlaylistFormat{{HLSv3}, {HLSv3}}},
		{`{"Playlists": [{"HlsContentProtection": {"Method": "aes-128", "LicenseAcquisitionUrl": "skd://key"}}]}`,
			[][]PlaylistFormat{{HLSv3}, {HLSv3}}},
		{`{"Playlists": [{"HlsContentProtection": {"Method": null}, "PlayReadyDrm": {}}]}`,
			[][]PlaylistFormat{{HLSv3}, {HLSv3}}},
	} {
		draft, err := createJob(t, hlsDocument, c.change)
		if err != nil {
			t.Errorf("%s: %v", c.change, err)
			continue
		}
		for i, o := range draft.Spec.Outputs {
			if !equalFormats(o.Formats, c.want[i]) {
				t.Errorf("%s: output %d is for %v, want %v", c.change, i, o.Formats, c.want[i])
			}
		}
	}
}

func equalFormats(a, b []PlaylistFormat) bool { return andList(a) == andList(b) && len(a) == len(b) }
