package field

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// seeds are the numbers of the sources that are tried: 20, 500 with REELASTIC_SOAK set, or
// the one that REELASTIC_SEED says.
func seeds(t *testing.T) (all []uint64) {
	if text := os.Getenv("REELASTIC_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("REELASTIC_SEED: %v", err)
		}
		return []uint64{seed}
	}
	count := uint64(20)
	if reelastictest.Soak {
		count = 500
	}
	for seed := range count {
		all = append(all, seed)
	}
	return all
}

// format is a way to make a source.
type format struct {
	name, preset string
	video, audio bool
	// playlist is that of segments, "" without.
	playlist string
}

// formats are by the names that sources pick. They share presets of small frames.
var formats = map[string][]format{
	"mp4":  {{"film.mp4", reelastictest.Generic480p, true, true, ""}},
	"hls":  {{"hls", reelastictest.HLS1M, true, true, ".m3u8"}},
	"webm": {{"film.webm", reelastictest.WebM720p, true, true, ""}},
	"dash": {{"dash-video.mp4", reelastictest.DASHVideo1200k, true, false, "MPEG-DASH"},
		{"dash-audio.mp4", reelastictest.DASHAudio128k, false, true, "MPEG-DASH"}},
	"m4a":   {{"audio.m4a", reelastictest.M4A160k, false, true, ""}},
	"mp3":   {{"audio.mp3", reelastictest.MP3At192k, false, true, ""}},
	"audio": {{"hls-audio", reelastictest.HLSAudio160k, false, true, ".m3u8"}},
}

// TestProperty makes sources at random and sends each through the server in two formats.
func TestProperty(t *testing.T) {
	t.Parallel()
	b := newBench(t, "--speed", "superfast")
	b.makeSmall(t)
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newSource(t, seed)
			t.Cleanup(func() { s.tell(t) })
			s.verify(t)
			b.Put("in", s.file, s.path(s.file))
			req, made := s.job(b)
			job := b.Run(t, req)
			if d := os.Getenv("KEEPOUT"); d != "" {
				_ = os.CopyFS(filepath.Join(d, filepath.Base(t.Name())), os.DirFS(b.Bucket("out")))
			}
			for i, o := range job.Outputs {
				if *o.Status != "Complete" || reelastictest.Text(o.StatusDetail) != "" {
					t.Errorf("%s: %s %s", *o.Key, *o.Status, reelastictest.Text(o.StatusDetail))
					continue
				}
				s.check(t, b, made[i], o)
			}
		})
	}
}

// tell says of a failure how it can be had again.
func (s *source) tell(t *testing.T) {
	if !t.Failed() {
		return
	}
	t.Logf("REELASTIC_SEED=%s repeats it; %s, %s %s:\n%s", filepath.Base(t.Name()), s.kind.name, s.videoCodec,
		s.audioCodec, strings.Join(s.recipe, "\n"))
	if dir := os.Getenv("KEEP"); dir != "" {
		_ = os.CopyFS(filepath.Join(dir, filepath.Base(t.Name())), os.DirFS(s.dir))
	}
}

// verify compares the streams of the file with what its recipe comes to.
func (s *source) verify(t *testing.T) {
	t.Helper()
	m := reelastictest.Probe(t, s.path(s.file))
	v, video := m.First("video")
	a, audio := m.First("audio")
	if video == s.truth.video.none() || audio == s.truth.audio.none() {
		t.Fatalf("%s has other streams than were meant: %+v", s.file, m.Streams)
	}
	anew := slices.ContainsFunc(s.parts, func(p film) bool { return p.anew })
	if anew || s.kind.name == "program stream" {
		return // the first times are not the lowest, or missing
	}
	want := s.truth.video.from - s.truth.audio.from
	if got := max(0, v.Start) - max(0, a.Start); video && audio && math.Abs(got-want) > 0.03 {
		t.Errorf("the video of %s begins %.3f s after the audio, want %.3f", s.file, got, want)
	}
}

// makeSmall makes presets of small frames in place of the system's.
func (b *bench) makeSmall(t *testing.T) {
	b.presets = map[string]string{}
	for _, id := range []string{reelastictest.Generic480p, reelastictest.HLS1M, reelastictest.WebM720p,
		reelastictest.DASHVideo1200k} {
		b.presets[id] = b.CopyPreset(t, id, func(p *api.CreatePresetRequest) {
			p.Video.MaxWidth, p.Video.MaxHeight = new("160"), new("128")
		})
	}
	for _, id := range []string{reelastictest.DASHAudio128k, reelastictest.M4A160k, reelastictest.MP3At192k,
		reelastictest.HLSAudio160k} {
		b.presets[id] = id
	}
}

// job makes two formats of a source.
func (s *source) job(b *bench) (*api.CreateJobRequest, []format) {
	names := []string{"mp4", "hls", "webm", "dash", pick(s, "m4a", "mp3", "audio")}
	if !s.kind.video {
		names = []string{"m4a", "mp3", "audio"}
	}
	s.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	req := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: &s.file}}}
	var made []format
	for _, name := range names[:2] {
		var keys []string
		for _, f := range formats[name] {
			segments := ""
			if f.playlist != "" {
				segments = "2"
			}
			o := reelastictest.Output(s.file+"/"+f.name, b.presets[f.preset], segments)
			req.Outputs, made, keys = append(req.Outputs, o), append(made, f), append(keys, *o.Key)
		}
		if name == "dash" {
			req.Playlists = []api.CreateJobPlaylist{{Name: new(s.file + "/dash"), Format: new("MPEG-DASH"),
				OutputKeys: keys}}
		}
	}
	return req, made
}

// check compares an output with what is right.
func (s *source) check(t *testing.T, b *bench, f format, o api.JobOutput) {
	t.Helper()
	listed := f.playlist == "MPEG-DASH"
	length := s.truth.length(f.video, f.audio || listed)
	if !f.video {
		length = s.truth.audio.to
	}
	frame := 0.0
	for _, p := range s.parts {
		if f.video {
			frame = max(frame, 1/float64(p.rate))
		}
	}
	within := frame + 0.005 + s.slack
	if off := float64(*o.DurationMillis)/1000 - length; math.Abs(off) > max(within, 0.05) {
		t.Errorf("%s: DurationMillis %d, want %.3f s", *o.Key, *o.DurationMillis, length)
	}
	video, audio := b.Output(*o.Key), b.Output(*o.Key)
	if f.playlist == ".m3u8" {
		video, audio = video+f.playlist, audio+f.playlist
		want{seconds: length, slack: s.slack}.checkList(t, video)
	}
	if !f.video {
		video = ""
	}
	if !f.audio {
		audio = ""
	}
	got := reelastictest.Watch(t, video, audio, 2)
	if off := got.Seconds - length; math.Abs(off) > max(within, 0.05) {
		t.Errorf("%s lasts %.3f s, want %.3f", *o.Key, got.Seconds, length)
	}
	if f.video {
		shown := s.truth
		// the first one stands from the beginning
		shown.frames = append([]moment{{0, shown.frames[0].lit}}, shown.frames...)
		compareOnsets(t, *o.Key+": flashes", got.Flashes, shown.flashes(), within)
	}
	if !f.audio {
		return
	}
	for c, beeps := range got.Audio {
		compareOnsets(t, fmt.Sprintf("%s: beeps of channel %d", *o.Key, c+1), beeps, s.truth.onsets(), 0.02+s.slack)
	}
	end := s.truth.audio.to
	if got.Heard > end+0.15+s.slack || got.Decoded > end+0.2+s.slack || got.Heard < end-0.1-s.slack {
		t.Errorf("%s: %.3f s of audio to %.3f s, want %.3f", *o.Key, got.Decoded, got.Heard, end)
	}
}

// compareOnsets tells an onset too many, one too few, and one at another time.
func compareOnsets(t *testing.T, what string, got reelastictest.Onsets, want []float64, within float64) {
	t.Helper()
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = math.Abs(got[i]-want[i]) <= within
	}
	if !same {
		t.Errorf("%s at %.3f, want %.3f", what, got, want)
	}
}
