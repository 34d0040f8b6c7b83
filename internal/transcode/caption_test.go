package transcode

import (
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
)

func TestTimeOffset(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "12": 12 * time.Second, "+12.5": 12500 * time.Millisecond, "-12.345": -12345 * time.Millisecond,
		"99999.999": 99999999 * time.Millisecond, "5.": 5 * time.Second, "00:01:02.5": 62500 * time.Millisecond,
		"-01:00:00.001": -3600001 * time.Millisecond, "1:02": 62 * time.Second, "+23:59:59": 86399 * time.Second,
	} {
		r := &reader{}
		if got := timeOffset(r, "TimeOffset", &value); r.err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", value, got, r.err, want)
		}
	}
	for _, value := range []string{"x", "--5", "+-5", "-+5", "5s", "1:2:3:4", "00:61:00", ":", "-", "1e3",
		"00:00:00.1234",
		"100000"} {
		r := &reader{}
		if got := timeOffset(r, "TimeOffset", &value); r.err == nil {
			t.Errorf("%q: %v, want an error", value, got)
		}
	}
}

// FuzzTimeOffset wants everything that the API model's pattern lets pass to be read.
func FuzzTimeOffset(f *testing.F) {
	for _, text := range []string{"1", "-1.5", "+01:02:03.4", "5:6", "."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &reader{}
		d := timeOffset(r, "TimeOffset", &text)
		allowed := api.Validate(&api.InputCaptions{CaptionSources: []api.CaptionSource{{TimeOffset: &text}}}) == nil
		if allowed && r.err != nil {
			t.Fatalf("%q: %v", text, r.err)
		}
		if d.Abs() > 100_000*time.Second {
			t.Fatalf("%q is %v", text, d)
		}
	})
}

func TestCaptionKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern   string
		n         int
		format    CaptionFormat
		container Container
		want      string
	}{
		{"Sydney-{language}-sunrise", 0, SRT, MP4, "p/Sydney-en-sunrise00000.srt"},
		{"{language}/{language}", 12, WebVTT, FMP4, "p/en/en00012.vtt"},
		{"cc", 1, SCC, TS, "p/ccen00001.scc"},
		{"", 0, DFXP, MP4, "p/en00000.dfxp"},
		{"a{language}", 100000, DFXP, FMP4, "p/aen100000.ismt"},
	} {
		out := OutputSpec{Preset: PresetSpec{Container: c.container}}
		if got := (JobSpec{OutputKeyPrefix: "p/"}).CaptionKey(out,
			CaptionFormatSpec{Format: c.format, Pattern: c.pattern},
			"en", c.n); got != c.want {
			t.Errorf("%q: %q, want %q", c.pattern, got, c.want)
		}
	}
}

const (
	mp4Preset, tsPreset, webmPreset, audioPreset = "1351620000001-000010", "1351620000001-200050",
		"1351620000001-100240",
		"1351620000001-100130"
)

// TestCaptionRefusals has what is wrong with captions, with the exact message.
func TestCaptionRefusals(t *testing.T) {
	t.Parallel()
	source := func(language string, change func(*api.CaptionSource)) api.CaptionSource {
		s := api.CaptionSource{Key: new("a.srt"), Language: &language}
		if change != nil {
			change(&s)
		}
		return s
	}
	formats := func(all ...string) (list []api.CaptionFormat) {
		for _, f := range all {
			list = append(list, api.CaptionFormat{Format: &f, Pattern: new("a-{language}")})
		}
		return list
	}
	retain := new("MergeRetain")
	for _, c := range []struct {
		name, preset string
		input        *api.InputCaptions
		output       *api.Captions
		want         string
	}{
		{"sources without a policy", mp4Preset,
			&api.InputCaptions{CaptionSources: []api.CaptionSource{source("en", nil)}},
			nil,
			"Input:InputCaptions:MergePolicy is not allowed to be null."},
		{"two of a language", mp4Preset, &api.InputCaptions{MergePolicy: retain,
			CaptionSources: []api.CaptionSource{source("en", nil), source("eng", nil)}}, nil,
			"Input:InputCaptions:CaptionSources:Language \"eng\" is not valid: each language may have only one file."},
		{"a language that is a path", mp4Preset,
			&api.InputCaptions{MergePolicy: retain, CaptionSources: []api.CaptionSource{source("../en", nil)}}, nil,
			"Input:InputCaptions:CaptionSources:Language \"../en\" is not valid: it must be a code of ISO 639-1 or " +
				"639-2 such as en or eng."},
		{"an offset", mp4Preset, &api.InputCaptions{MergePolicy: retain,
			CaptionSources: []api.CaptionSource{source("en",
				func(s *api.CaptionSource) { s.TimeOffset = new("soon") })}}, nil,
			"Input:InputCaptions:CaptionSources:TimeOffset \"soon\" is not valid: it must be [+-]SS.sss or " +
				"[+-]HH:mm:SS.sss."},
		{"a label of two lines", mp4Preset,
			&api.InputCaptions{MergePolicy: retain,
				CaptionSources: []api.CaptionSource{source("en",
					func(s *api.CaptionSource) { s.Label = new("a\nb") })}}, nil,
			"Input:InputCaptions:CaptionSources:Label \"a\\nb\" is not valid: it must have no control characters."},
		{"both places", mp4Preset, &api.InputCaptions{MergePolicy: retain},
			&api.Captions{MergePolicy: retain, CaptionFormats: formats("srt")},
			"Output 'o': Captions:CaptionSources and Input:InputCaptions are mutually exclusive: keep " +
				"Input:InputCaptions."},
		{"no formats", mp4Preset, nil, &api.Captions{MergePolicy: retain,
			CaptionSources: []api.CaptionSource{source("en", nil)}},
			"Output 'o': Captions:CaptionFormats is not allowed to be empty."},
		{"a format twice", mp4Preset, nil, &api.Captions{CaptionFormats: formats("srt", "srt")},
			"Output 'o': Captions:CaptionFormats:Format \"srt\" is not valid: each format may be listed only once."},
		{"two inside", mp4Preset, nil, &api.Captions{CaptionFormats: formats("mov-text", "cea-708")},
			"Output 'o': Captions:CaptionFormats:Format \"cea-708\" is not valid: there may be at most one of the " +
				"embedded formats mov-text and cea-708."},
		{"mov-text in ts", tsPreset, nil, &api.Captions{CaptionFormats: formats("mov-text")},
			"Output 'o': Captions:CaptionFormats:Format \"mov-text\" is not valid: it requires the container mp4; " +
				"the preset's is ts."},
		{"cea-708 in webm", webmPreset, nil, &api.Captions{CaptionFormats: formats("cea-708")},
			"Output 'o': Captions:CaptionFormats:Format \"cea-708\" is not valid: it requires H.264 in the container " +
				"mp4 or ts; the preset has vp8 in webm."},
		{"sound alone", audioPreset, nil, &api.Captions{CaptionFormats: formats("srt")},
			"Output 'o': Captions require a preset with video; the preset " + audioPreset + " has none."},
	} {
		job := &api.Job{Id: new("1"), Inputs: []api.JobInput{{Key: new("in"), InputCaptions: c.input}},
			Outputs: []api.JobOutput{{Id: new("1"), Key: new("o"), PresetId: &c.preset, Captions: c.output}}}
		preset, _ := SystemPreset(c.preset)
		_, err := JobSpecOf(job, map[string]*api.Preset{c.preset: preset})
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
