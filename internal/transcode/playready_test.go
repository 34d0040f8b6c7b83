package transcode

import "testing"

// What a request for PlayReady can get wrong, with the exact words.
func TestPlayReadyRefusals(t *testing.T) {
	t.Parallel()
	const id = `"KeyId": "96e2f0d4-2a4b-4d5c-9d0b-6b2d3c0f9a11"`
	request := func(format, drm string) string {
		return `{"PipelineId": "` + pipelineID + `", "Input": {"Key": "in"}, "Outputs": [{"Key": "a", "PresetId": "` +
			smooth400 + `", "SegmentDuration": "4"}],
			"Playlists": [{"Name": "m", "Format": "` + format +
			`", "OutputKeys": ["a"], "PlayReadyDrm": {"Format": "microsoft"` + drm + `}}]}`
	}
	for _, c := range []struct{ format, drm, want string }{
		{"Smooth", `, ` + id + `, ` + license, `Playlist 'm': PlayReadyDrm:Key is not allowed to be null.`},
		{"Smooth", `, ` + keyOf16 + `, ` + license, `Playlist 'm': PlayReadyDrm:KeyId is not allowed to be null.`},
		{"Smooth", `, ` + keyOf16 + `, ` + id,
			`Playlist 'm': PlayReadyDrm:LicenseAcquisitionUrl is not allowed to be null.`},
		{"Smooth", `, ` + keyOf16 + `, ` + id + `, "LicenseAcquisitionUrl": "/rights"`,
			`Playlist 'm': PlayReadyDrm:LicenseAcquisitionUrl "/rights" is not valid: it must be an absolute address, such as https://example.com/key.`},
		{"Smooth", `, ` + keyOf16 + `, ` + id + `, ` + license + `, "InitializationVector": "AAAA"`,
			`Playlist 'm': PlayReadyDrm:InitializationVector "AAAA" is not valid: it must be the base64 text of 8 bytes.`},
		{"HLSv4", `, ` + keyOf16 + `, ` + id + `, ` + license,
			`Playlist 'm': PlayReadyDrm requires a playlist of the format Smooth or MPEG-DASH, not HLSv4.`},
	} {
		_, err := createJob(t, request(c.format, c.drm), `{}`)
		if got := message(t, err); got != c.want {
			t.Errorf("%s with %s:\n got %s\nwant %s", c.format, c.drm, got, c.want)
		}
	}
	for _, format := range []string{"Smooth", "MPEG-DASH"} {
		if _, err := createJob(t, request(format, `, `+keyOf16+`, `+id+`, `+license+
			`, "InitializationVector": "AAAAAAAAAAA="`), `{}`); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// An output's fragments are of one kind: those of Smooth are no other format's.
func TestSmoothBesideOthers(t *testing.T) {
	t.Parallel()
	for _, other := range []string{"MPEG-DASH", "HLSv4"} {
		_, err := createJob(t, `{"PipelineId": "`+pipelineID+
			`", "Input": {"Key": "in"}, "Outputs": [{"Key": "a", "PresetId": "`+smooth400+`", "SegmentDuration": "4"}],
			"Playlists": [{"Name": "m", "Format": "Smooth", "OutputKeys": ["a"]}, {"Name": "n", "Format": "`+other+
			`", "OutputKeys": ["a"]}]}`, `{}`)
		if got, want := message(t,
			err),
			`Output 'a' must not be in a Smooth playlist and in one of another format. Make an output for each.`; got != want {
			t.Errorf("%s:\n got %s\nwant %s", other, got, want)
		}
	}
}
