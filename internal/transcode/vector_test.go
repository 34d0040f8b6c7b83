package transcode

import (
	"fmt"
	"testing"
)

// TestRepeatedVectors refuses a vector that two objects would be encrypted with under one
// key, in the modes in which that lays them open, and lets all others be.
func TestRepeatedVectors(t *testing.T) {
	t.Parallel()
	fixed := func(mode, vector string) string {
		return fmt.Sprintf(`{"Mode": %q, "Key": "AAAA", "KeyMd5": "aT6a+E09/MceZA4AW9xeLg==", `+
			`"InitializationVector": %q}`, mode, vector)
	}
	const a, b = "AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAQ=="
	onlyVector := `{"Mode": "aes-gcm", "InitializationVector": "` + a + `"}`
	several := func(output, member string) string {
		return `Output '` + output + `': ` + member + `:InitializationVector must be left out in mode aes-gcm ` +
			`when there is more than one object: objects that share key and vector can be read without the key. ` +
			`Each object then gets a vector of its own. In mode aes-cbc-pkcs7 the vector may be given.`
	}
	file := func(key, encryption string) string {
		return `{"Key": "` + key + `", "PresetId": "` + web + `", "Encryption": ` + encryption + `}`
	}
	segments := func(encryption string) string {
		return `{"Key": "s", "PresetId": "` + hls400 + `", "SegmentDuration": "10", "Encryption": ` + encryption + `}`
	}
	thumbnails := func(encryption string) string {
		return `{"Key": "o", "PresetId": "` + web + `", "ThumbnailPattern": "t{count}", "ThumbnailEncryption": ` +
			encryption + `}`
	}
	captions := func(output, encryption string) string {
		return `{"Key": "c", ` + output + `, "Captions": {"CaptionFormats": [{"Format": "webvtt", "Encryption": ` +
			encryption + `}]}}`
	}
	const whole, cut = `"PresetId": "` + web + `"`, `"PresetId": "` + hls400 + `", "SegmentDuration": "10"`
	source := func(languages ...string) string {
		list := ""
		for n, l := range languages {
			list += fmt.Sprintf(`, {"Key": "%d.srt", "Language": %q}`, n, l)
		}
		return `"Inputs": [{"Key": "in.mov", "InputCaptions": {"MergePolicy": "Override", "CaptionSources": [` +
			list[2:] + `]}}]`
	}
	const plain = `"Inputs": [{"Key": "in.mov"}]`
	const texts = "Captions:CaptionFormats:Encryption"
	for _, c := range []struct{ inputs, outputs, want string }{
		{plain, file("a", fixed("aes-gcm", a)), ""},
		{plain, file("a", fixed("aes-gcm", a)) + "," + file("b", fixed("aes-gcm", b)), ""},
		{plain, file("a", onlyVector) + "," + file("b", onlyVector), ""}, // each has a key of its own
		{plain, file("a", fixed("aes-cbc-pkcs7", a)) + "," + file("b", fixed("aes-cbc-pkcs7", a)), ""},
		{plain, file("a", fixed("aes-ctr", a)) + "," + file("b", fixed("aes-ctr", a)),
			`Output 'b': Encryption must not have the Key and InitializationVector of output 'a': in mode aes-ctr, ` +
				`objects that share both can be read without the key. Give each a vector of its own, or none.`},
		{plain, segments(fixed("aes-cbc-pkcs7", a)), ""},
		{plain, segments(`{"Mode": "aes-gcm", "Key": "AAAA", "KeyMd5": "aT6a+E09/MceZA4AW9xeLg=="}`), ""},
		{plain, segments(fixed("aes-gcm", a)), several("s", "Encryption")},
		{plain, segments(onlyVector), several("s", "Encryption")},
		{plain, thumbnails(onlyVector), several("o", "ThumbnailEncryption")},
		{plain, captions(whole, onlyVector), several("c", texts)}, // what is inside the input is not known
		{source("en"), captions(whole, onlyVector), ""},
		{source("en", "de"), captions(whole, onlyVector), several("c", texts)},
		{source("en"), captions(cut, onlyVector), several("c", texts)},
	} {
		_, err := createJob(t, `{"PipelineId": "`+pipelineID+`", `+c.inputs+`, "Outputs": [`+c.outputs+`]}`, `{}`)
		if err == nil && c.want == "" {
			continue
		}
		if err == nil {
			t.Errorf("%s %s: accepted", c.inputs, c.outputs)
		} else if got := message(t, err); got != c.want {
			t.Errorf("%s %s:\n got %s\nwant %s", c.inputs, c.outputs, got, c.want)
		}
	}
}
