package transcode

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode/presettest"
)

func FuzzParseSeconds(f *testing.F) {
	for _, s := range []string{"10", "10.", "0.00001", "99999.99999", "1e3", "-1", "", "."} {
		f.Add(s)
	}
	pattern := regexp.MustCompile(`\A\d{1,5}(\.\d{0,5})?\z`)
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseSeconds(s)
		if ok != pattern.MatchString(s) {
			t.Fatalf("%q: read %v", s, ok)
		}
		if ok && (d < 0 || d >= 100_000*time.Second || d%(10*time.Microsecond) != 0) {
			t.Fatalf("%q is %v", s, d)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"640x480", "640", "x", "641x480", "4096x3072", "4098x2", "0640x480"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		size, ok := parseSize(s, smallestFrame, largestSize)
		if ok && (size.Width%2 != 0 || size.Height%2 != 0 || size.Width < 32 || size.Width > 4096 || size.Height < 32 ||
			size.Height > 3072) {
			t.Fatalf("%q is %v", s, size)
		}
	})
}

// FuzzPreset feeds documents that have not passed Check: a spec that exists is
// within its ranges, whatever was written.
func FuzzPreset(f *testing.F) {
	f.Add(presetDocument)
	for _, p := range SystemPresets() {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, document string) {
		var p api.Preset
		if json.Unmarshal([]byte(document), &p) != nil {
			return
		}
		if spec, err := PresetSpecOf(&p); err == nil {
			checkPresetSpec(t, spec)
			levelWarnings(p.Video, spec.Video)
		}
	})
}

// checkPresetSpec holds a spec against the ranges that it promises.
func checkPresetSpec(t rapid.TB, spec PresetSpec) {
	t.Helper()
	if spec.Video == nil && spec.Audio == nil {
		t.Fatal("nothing to make")
	}
	if v := spec.Video; v != nil {
		if (v.GOP.MaxFrames < 1) != (v.Codec == GIFV) || v.Sizing.Max.IsZero() || v.BufferSize > 0 != (v.MaxBitRate > 0) ||
			v.FrameRate.IsZero() == v.MaxFrameRate.IsZero() {
			t.Fatalf("video %+v", *v)
		}
	}
	if a := spec.Audio; a != nil && (a.SampleRate < 0 || a.Channels < -1 || a.Channels > 2 ||
		(a.Profile == "") != (a.Codec != AAC) ||
		(a.BitDepth > 0) != (a.Codec == FLACAudio || a.Codec == PCM)) {
		t.Fatalf("audio %+v", *a)
	}
	if th := spec.Thumbnails; th != nil && (th.Interval < time.Second || th.Sizing.Max.IsZero()) {
		t.Fatalf("thumbnails %+v", *th)
	}
}

// FuzzCreatePreset sends any document, and any change of a valid one, the way
// of CreatePreset: it is refused with a ValidationException that says something,
// or makes a preset that jobs can use and that is read back as it was stored.
func FuzzCreatePreset(f *testing.F) {
	names := presettest.Names()
	for _, r := range presettest.Refusals() {
		f.Add(uint8(slices.Index(names, r.Of)), r.Change)
	}
	for i, name := range names {
		req, err := presettest.Request(name, `{}`)
		if err != nil {
			f.Fatal(err)
		}
		whole, err := json.Marshal(req)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), `{}`)
		f.Add(uint8(len(names)), string(whole))
	}
	f.Fuzz(func(t *testing.T, of uint8, document string) {
		req := new(api.CreatePresetRequest)
		if int(of) < len(names) {
			var err error
			if req, err = presettest.Request(names[of], document); err != nil {
				return
			}
		} else if json.Unmarshal([]byte(document), req) != nil {
			return
		}
		p, _, err := judge(req)
		if err != nil {
			if message(t, err) == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		checkStoredPreset(t, p)
	})
}

// checkStoredPreset holds a preset that was accepted against what jobs and
// readers get of it.
func checkStoredPreset(t rapid.TB, p *api.Preset) PresetSpec {
	t.Helper()
	stored, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	again := new(api.Preset)
	if err := json.Unmarshal(stored, again); err != nil {
		t.Fatal(err)
	}
	if read, err := json.Marshal(again); err != nil || !bytes.Equal(read, stored) {
		t.Fatalf("stored %s and read %s (%v)", stored, read, err)
	}
	spec, err := PresetSpecOf(again)
	if err != nil {
		t.Fatalf("a job refuses the preset that was accepted: %v", err)
	}
	checkPresetSpec(t, spec)
	return spec
}

// FuzzJob feeds requests that have not passed Check: they are refused or make
// a job whose names don't meet.
func FuzzJob(f *testing.F) {
	f.Add(jobDocument)
	f.Add(hlsDocument)
	f.Add(`{"Input": {}, "Output": {"PresetId": "` + hls400 + `"}}`)
	f.Add(`{"Input": {"Key": "a"}, "Output": {"Key": "a", "PresetId": "` + web +
		`", "ThumbnailPattern": "{count}", "Watermarks": [{}], "Captions": {"CaptionFormats": [{}]}}}`)
	f.Fuzz(func(t *testing.T, document string) {
		req := new(api.CreateJobRequest)
		if json.Unmarshal([]byte(document), req) != nil {
			return
		}
		draft, err := NewJob(req, &api.Pipeline{Id: new(pipelineID)}, testPresets(t, req), testID, testRegion, testAccount)
		if err != nil {
			return
		}
		keys := map[string]bool{}
		for _, o := range draft.Spec.Outputs {
			key := draft.Spec.MediaKey(o)
			if o.Segmented() {
				key = draft.Spec.VariantKey(o)
			}
			if keys[key] {
				t.Fatalf("two outputs are %q", key)
			}
			keys[key] = true
		}
	})
}
