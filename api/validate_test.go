package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	goodID   = "1502631977930-rabioh"
	goodRole = "arn:aws:iam::123456789012:role/transcode"
)

// TestValidateTexts pins messages. The first four are quoted from the original.
func TestValidateTexts(t *testing.T) {
	t.Parallel()
	const codecs = `(^H\.264$)|(^vp8$)|(^vp9$)|(^mpeg2$)|(^gif$)`
	tests := map[string]struct {
		request any
		want    string // "" for valid
	}{
		"missing required": {
			&CreatePipelineRequest{Name: new("n"), Role: new(goodRole)},
			`1 validation error detected: Value null at 'inputBucket' failed to satisfy constraint: Member must not be null`,
		},
		"malformed id": {
			&ReadJobRequest{Id: new("fake_job")},
			`1 validation error detected: Value 'fake_job' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`,
		},
		"two codecs": {
			&CreatePresetRequest{Name: new("n"), Container: new("webm"),
				Video: &VideoParameters{Codec: new("libvpx")}, Audio: &AudioParameters{Codec: new("libvorbis")}},
			`2 validation errors detected: Value 'libvpx' at 'video.codec' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + codecs +
				`; Value 'libvorbis' at 'audio.codec' failed to satisfy constraint: Member must satisfy regular expression pattern: (^AAC$)|(^vorbis$)|(^mp3$)|(^mp2$)|(^pcm$)|(^flac$)`,
		},
		"too long": {
			&UpdatePipelineRequest{Id: new(goodID), Name: new(strings.Repeat("n", 41))},
			`1 validation error detected: Value '` + strings.Repeat("n", 41) +
				`' at 'name' failed to satisfy constraint: Member must have length less than or equal to 40`,
		},
		"empty is not null": {
			&UpdatePipelineRequest{Id: new(goodID), Name: new("")},
			`1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1`,
		},
		"required and empty": {
			&ReadJobRequest{Id: new("")},
			`1 validation error detected: Value '' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`,
		},
		"order of the model": {
			&CreatePipelineRequest{},
			`3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null` +
				`; Value null at 'inputBucket' failed to satisfy constraint: Member must not be null` +
				`; Value null at 'role' failed to satisfy constraint: Member must not be null`,
		},
		"nil request": {
			(*ReadPipelineRequest)(nil),
			`1 validation error detected: Value null at 'id' failed to satisfy constraint: Member must not be null`,
		},
		"list member": {
			CreateJobRequest{PipelineId: new(goodID), Outputs: []CreateJobOutput{{Key: new("a")}, {Key: new("")}}},
			`1 validation error detected: Value '' at 'outputs.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1`,
		},
		"text in a list in a list": {
			CreateJobRequest{PipelineId: new(goodID), Playlists: []CreateJobPlaylist{{OutputKeys: []string{"a", ""}}}},
			`1 validation error detected: Value '' at 'playlists.1.member.outputKeys.2.member' failed to satisfy constraint: Member must have length greater than or equal to 1`,
		},
		"too many structures": {
			&CreateJobRequest{PipelineId: new(goodID), Outputs: make([]CreateJobOutput, 31)},
			`1 validation error detected: Value '[31 CreateJobOutput]' at 'outputs' failed to satisfy constraint: Member must have length less than or equal to 30`,
		},
		"too many texts": {
			&CreateJobRequest{PipelineId: new(goodID),
				Playlists: []CreateJobPlaylist{{OutputKeys: strings.Split(strings.Repeat("k", 31), "")}}},
			`1 validation error detected: Value '[` + strings.Repeat("k, ", 30) +
				`k]' at 'playlists.1.member.outputKeys' failed to satisfy constraint: Member must have length less than or equal to 30`,
		},
		"most structures": {&CreateJobRequest{PipelineId: new(goodID), Outputs: make([]CreateJobOutput, 30),
			Inputs: make([]JobInput, 200)}, ""},
		"required list may be empty": {
			&TestRoleRequest{Role: new(goodRole), InputBucket: new("a"), OutputBucket: new("b"), Topics: []string{}},
			"",
		},
		"required list may not be null": {
			&TestRoleRequest{Role: new(goodRole), InputBucket: new("a"), OutputBucket: new("b")},
			`1 validation error detected: Value null at 'topics' failed to satisfy constraint: Member must not be null`,
		},
		"empty topic and key ARN": {
			&UpdatePipelineRequest{Id: new(goodID), AwsKmsKeyArn: new(""),
				Notifications: &Notifications{Warning: new("")}}, "",
		},
		"map in order of keys, empty values absent": {
			preset(map[string]string{"b": strings.Repeat("v", 256), "Level": "3", "": "x", "MaxBitRate": ""}),
			`2 validation errors detected: Value '' at 'video.codecOptions..key' failed to satisfy constraint: Member must have length greater than or equal to 1` +
				`; Value '` + strings.Repeat("v", 256) +
				`' at 'video.codecOptions.b.value' failed to satisfy constraint: Member must have length less than or equal to 255`,
		},
		"code points, not UTF-16 units": {
			&UpdatePipelineRequest{Id: new(goodID), Name: new(strings.Repeat("\U0001F3AC", 40))}, "",
		},
		"whole value": {
			&ReadJobRequest{Id: new(goodID + "\n")},
			"1 validation error detected: Value '" + goodID + "\n' at 'id' failed to satisfy constraint: Member " +
				"must satisfy regular expression pattern: ^\\d{13}-\\w{6}$",
		},
		"ASCII digits": {
			&ReadJobRequest{Id: new("١502631977930-rabioh")},
			`1 validation error detected: Value '١502631977930-rabioh' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`,
		},
		"ascending in any case": {&ListPresetsRequest{Ascending: new("True")}, ""},
		"not ascending": {
			&ListPresetsRequest{Ascending: new("Yes")},
			`1 validation error detected: Value 'Yes' at 'ascending' failed to satisfy constraint: Member must satisfy regular expression pattern: (^true$)|(^false$)`,
		},
		"case counts elsewhere": {
			&UpdatePipelineStatusRequest{Id: new(goodID), Status: new("active")},
			`1 validation error detected: Value 'active' at 'status' failed to satisfy constraint: Member must satisfy regular expression pattern: (^Active$)|(^Paused$)`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := message(t, test.request); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func preset(options map[string]string) *CreatePresetRequest {
	return &CreatePresetRequest{Name: new("n"), Container: new("mp4"), Video: &VideoParameters{CodecOptions: options}}
}

// message returns the text of the violations, "" for none.
func message(t *testing.T, request any) string {
	t.Helper()
	err := Validate(request)
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[*Violations](err); !ok {
		t.Fatalf("not violations: %v", err)
	}
	return err.Error()
}

// TestWatermarkKey checks the rewritten pattern at the limits of the model's own.
func TestWatermarkKey(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"a.jpg": true, "a.jpeg": true, "a.png": true, "logo/a.b.png": true, "é.png": true,
		".jpg": false, ".jpeg": false, "a.jpe": false, "jpg": false, "a.JPG": false, "a.gif": false, "a.jpg ": false,
		"a\n.jpg":                           false,
		"a-png":                             true, // the model's dot is not escaped
		strings.Repeat("a", 1020) + ".jpg":  true,
		strings.Repeat("a", 1021) + ".jpg":  false,
		strings.Repeat("é", 1020) + ".png":  true,
		strings.Repeat("a", 1019) + ".jpeg": true,
		strings.Repeat("a", 1020) + ".jpeg": false,
	}
	for key, want := range tests {
		if got := patterns()["WatermarkKey"].match(key); got != want {
			t.Errorf("match(%.20q, %d bytes) = %t, want %t", key, len(key), got, want)
		}
	}
	want := `Value 'x' at 'output.watermarks.1.member.inputKey' failed to satisfy constraint: ` +
		`Member must satisfy regular expression pattern: (^.{1,1020}.jpg$)|(^.{1,1019}.jpeg$)|(^.{1,1020}.png$)`
	request := &CreateJobRequest{PipelineId: new(goodID),
		Output: &CreateJobOutput{Watermarks: []JobWatermark{{InputKey: new("x")}}}}
	if got := message(t, request); !strings.HasSuffix(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestValidateBoundsItsMessage(t *testing.T) {
	t.Parallel()
	err := Validate(&ReadJobRequest{Id: new(strings.Repeat("é", 1<<20))})
	want := "Value '" + strings.Repeat("é", 1024) + "...' at 'id'"
	if !strings.Contains(err.Error(), want) || len(err.Error()) > 3000 {
		t.Errorf("a long value gives %d bytes", len(err.Error()))
	}

	marks := make([]JobWatermark, 5000)
	for i := range marks {
		marks[i].PresetWatermarkId = new(strings.Repeat("x", 2000))
	}
	err = Validate(&CreateJobRequest{PipelineId: new(goodID), Output: &CreateJobOutput{Watermarks: marks}})
	v, ok := errors.AsType[*Violations](err)
	if !ok || v.Total != 5000 || len(v.List) != maxKept {
		t.Fatalf("got %.100v", err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "5000 validation errors detected: ") ||
		!strings.HasSuffix(text, "; ...") || len(text) > maxMessage+3000 {
		t.Errorf("many violations give %d bytes", len(text))
	}

	options := map[string]string{}
	for i := range 1000 {
		options[strings.Repeat("k", i+1)] = strings.Repeat("v", 1000)
	}
	if err := Validate(preset(options)); err == nil || len(err.Error()) > maxMessage+10000 {
		t.Errorf("a large map gives %.100v", err)
	}
}

// TestValidateRefusesWhatItDoesNotKnow: mistakes in the program are not violations.
func TestValidateRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	type (
		badOption struct {
			A *string `check:"requird"`
		}
		badPattern struct {
			A *string `check:"pattern=Nope"`
		}
		badNumber struct {
			A *string `check:"min=x"`
		}
		badPart struct {
			A []string `check:"item.min=1"`
		}
		badMap struct{ A map[int]string }
	)
	for _, v := range []any{nil, 1, "x", new(1), []Job{}, badOption{}, badPattern{}, &badNumber{}, badPart{},
		badMap{map[int]string{1: "a"}}} {
		err := Validate(v)
		if _, ok := errors.AsType[*Violations](err); err == nil || ok {
			t.Errorf("Validate(%T) = %v, want an error of another type", v, err)
		}
	}
}

func FuzzValidate(f *testing.F) {
	for i, op := range Operations {
		body, err := json.Marshal(op.NewRequest())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, body, goodID)
	}
	f.Add(1,
		[]byte(`{"PipelineId":"x","Outputs":[null,{"Watermarks":[{"InputKey":"a\u0000.jpg"}]}],"Playlists":[{"OutputKeys":[""]}]}`), "")
	f.Add(3, []byte(`{"Name":"","Video":{"CodecOptions":{"":"","a":null,"\ud800":"\ufffd"}}}`), "\xff")
	f.Fuzz(func(t *testing.T, n int, body []byte, text string) {
		request := Operations[uint(n)%uint(len(Operations))].NewRequest()
		if json.Unmarshal(body, request) != nil {
			return
		}
		BindPath(request, func(string) string { return text })
		BindQuery(request, map[string][]string{"Ascending": {text}, "PageToken": {text}})
		err := Validate(request)
		if err == nil {
			return
		}
		v, ok := errors.AsType[*Violations](err)
		if !ok || v.Total < 1 || len(v.List) < 1 || len(v.List) > maxKept {
			t.Fatalf("not violations: %v", err)
		}
		if text := err.Error(); len(text) > maxMessage+10000 || !utf8.ValidString(text) {
			t.Errorf("message of %d bytes, valid UTF-8 %t", len(text), utf8.ValidString(text))
		}
		if again := Validate(request); again.Error() != err.Error() {
			t.Errorf("second message differs:\n%v\n%v", err, again)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	output := CreateJobOutput{Key: new("a/b"), PresetId: new(goodID), Rotate: new("auto"), SegmentDuration: new("10"),
		Watermarks: []JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: new("logo.png")}}}
	request := &CreateJobRequest{PipelineId: new(goodID), Inputs: []JobInput{{Key: new("in.mp4")}}}
	for range 30 {
		request.Outputs = append(request.Outputs, output)
	}
	for b.Loop() {
		if err := Validate(request); err != nil {
			b.Fatal(err)
		}
	}
}
