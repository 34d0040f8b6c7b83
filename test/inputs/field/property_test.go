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

// seeds are the numbers of the sources that are tried: some, 500 with REELASTIC_SOAK set, or
// the one that REELASTIC_SEED says.
func seeds(t *testing.T) (all []uint64) {
	if text := os.Getenv("REELASTIC_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("REELASTIC_SEED: %v", err)
		}
		return []uint64{seed}
	}
	if os.Getenv("REELASTIC_SOAK") != "" {
		return first(500)
	}
	// A clip that begins in a pause; one over a joint of bare streams of other rates, and one that
	// ends soon after; audio alone that begins late; a clip after the end of the audio.
	return append(first(20), 236, 263, 428, 280, 327)
}

func first(count uint64) (all []uint64) {
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

// TestProperty makes sources at random and sends each through the server in two formats, and
// then a clip of it, or a film of it and the one before.
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
			s.shows().transcode(t, b, req, made)
			if before := seed - 1; seed > 0 && s.chance(0.5) && kindOf(before).video == s.kind.video {
				s.join(t, b, newSource(t, before))
			} else {
				s.clip(t, b)
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

// framed is the name of a preset whose frames are all of one size.
const framed = "framed"

// makeSmall makes presets of small frames in place of the system's.
func (b *bench) makeSmall(t *testing.T) {
	b.presets = map[string]string{}
	for _, id := range []string{reelastictest.DASHAudio128k, reelastictest.M4A160k, reelastictest.MP3At192k,
		reelastictest.HLSAudio160k} {
		b.presets[id] = id
	}
	for _, id := range []string{reelastictest.Generic480p, reelastictest.HLS1M, reelastictest.WebM720p,
		reelastictest.DASHVideo1200k} {
		b.makePreset(t, id, id, func(*api.VideoParameters) {})
	}
	b.makePreset(t, framed, reelastictest.Generic480p, func(v *api.VideoParameters) {
		v.SizingPolicy = new("Stretch")
	})
}

// makePreset makes a preset of small frames out of another one.
func (b *bench) makePreset(t *testing.T, name, from string, change func(*api.VideoParameters)) {
	t.Helper()
	b.presets[name] = b.CopyPreset(t, from, func(p *api.CreatePresetRequest) {
		p.Video.MaxWidth, p.Video.MaxHeight = new("160"), new("128")
		change(p.Video)
	})
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
			o := api.CreateJobOutput{Key: new(s.file + "/" + f.name), PresetId: new(b.presets[f.preset])}
			if f.playlist != "" {
				o.SegmentDuration = new("2")
			}
			req.Outputs, made, keys = append(req.Outputs, o), append(made, f), append(keys, *o.Key)
		}
		if name == "dash" {
			req.Playlists = []api.CreateJobPlaylist{{Name: new(s.file + "/dash"), Format: new("MPEG-DASH"),
				OutputKeys: keys}}
		}
	}
	return req, made
}

// clip makes a part of a source.
func (s *source) clip(t *testing.T, b *bench) {
	t.Helper()
	whole := s.truth.length(s.kind.video, true)
	from := s.moment(0, max(0, whole-1))
	seconds := max(from+0.4, s.moment(from+0.5, whole-0.3)) - from
	name := "m4a"
	if s.kind.video {
		name = pick(s, "mp4", "hls", "webm")
	}
	f := formats[name][0]
	key := fmt.Sprintf("%s/from %.2f for %.2f/%s", s.file, from, seconds, f.name)
	req := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: &s.file}},
		Outputs: []api.CreateJobOutput{{Key: &key, PresetId: new(b.presets[f.preset]),
			Composition: []api.Clip{{TimeSpan: &api.TimeSpan{
				StartTime: new(fmt.Sprintf("%.3f", from)), Duration: new(fmt.Sprintf("%.3f", seconds))}}}}}}
	if f.playlist != "" {
		req.Outputs[0].SegmentDuration = new("2")
	}
	right := s.shows()
	right.truth = s.truth.standing().clip(from, seconds)
	if f.video {
		right.slack += right.frame // the clip begins with the first frame from there on
	}
	right.transcode(t, b, req, []format{f})
}

// join makes a film of a source and of another one before it.
func (s *source) join(t *testing.T, b *bench, before *source) {
	t.Helper()
	s.recipe = append(before.recipe, s.recipe...)
	b.Put("in", before.file, before.path(before.file))
	f := formats["m4a"][0]
	if s.kind.video && before.kind.video {
		f = format{"film.mp4", framed, true, true, ""}
	}
	key := before.file + "+" + s.file + "/" + f.name
	right := s.shows()
	right.truth = before.truth.followed(s.truth, f.video)
	right.slack += before.slack + 0.05
	right.frame = max(right.frame, before.shows().frame)
	right.transcode(t, b, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: &before.file}, {Key: &s.file}},
		Outputs: []api.CreateJobOutput{{Key: &key, PresetId: new(b.presets[f.preset])}}}, []format{f})
}

// right is what outputs are held to.
type right struct {
	truth truth
	// slack is that of the source, frame is how long the longest of its frames is.
	slack, frame float64
}

// shows is what outputs show of the whole source.
func (s *source) shows() right {
	r := right{truth: s.truth, slack: s.slack}
	for _, p := range s.parts {
		if p.video {
			r.frame = max(r.frame, 1/float64(p.rate))
		}
	}
	return r
}

// transcode does a job and compares all outputs with what is right.
func (r right) transcode(t *testing.T, b *bench, req *api.CreateJobRequest, made []format) {
	t.Helper()
	for i, o := range b.Run(t, req).Outputs {
		if *o.Status != "Complete" || reelastictest.Text(o.StatusDetail) != "" {
			t.Errorf("%s: %s %s", *o.Key, *o.Status, reelastictest.Text(o.StatusDetail))
			continue
		}
		r.check(t, b, made[i], o)
	}
}

// lastBlock is how long the last block of audio may be that an output's last frame stands for.
const lastBlock = 0.045

// near is how far a beep may be from where it was, and a flash beside a frame: where the times
// of frames go back at a joint, ffmpeg goes by those of decoding from there on, by which a frame
// may be one later, and the output's own rate takes up to half of one of its frames.
const near = 0.02

// check compares an output with what is right.
func (r right) check(t *testing.T, b *bench, f format, o api.JobOutput) {
	t.Helper()
	listed := f.playlist == "MPEG-DASH"
	length := r.truth.length(f.video, f.audio || listed)
	if !f.video {
		length = r.truth.audio.to
	}
	within := 0.005 + r.slack
	if f.video {
		within += r.frame
	}
	if f.video && length > r.truth.video.to {
		within += lastBlock
	}
	if off := float64(*o.DurationMillis)/1000 - length; math.Abs(off) > max(within, 0.05) {
		t.Errorf("%s: DurationMillis %d, want %.3f s", *o.Key, *o.DurationMillis, length)
	}
	video, audio := b.Output(*o.Key), b.Output(*o.Key)
	if f.playlist == ".m3u8" {
		video, audio = video+f.playlist, audio+f.playlist
		want{seconds: length, slack: within}.checkList(t, video)
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
		within := r.frame + near + r.slack
		flashes := untilEnd(sure(r.truth.standing().flashes()), length, within)
		compareOnsets(t, *o.Key+": flashes", got.Flashes, flashes, within)
	}
	if !f.audio {
		return
	}
	for c, beeps := range got.Audio {
		compareOnsets(t, fmt.Sprintf("%s: beeps of channel %d", *o.Key, c+1), beeps,
			untilEnd(r.truth.onsets(near+r.slack), length, near+r.slack), near+r.slack)
	}
	end := r.truth.audio.to
	if r.truth.audio.none() { // a clip in which nothing is heard
		end = length
	}
	if got.Heard > end+0.15+r.slack || got.Decoded > end+0.2+r.slack ||
		got.Heard < end-0.1-r.slack {
		t.Errorf("%s: %.3f s of audio to %.3f s, want %.3f", *o.Key, got.Decoded, got.Heard, end)
	}
}

// sure are onsets of which none is in doubt.
func sure(times []float64) (all []onset) {
	for _, at := range times {
		all = append(all, onset{at: at})
	}
	return all
}

// untilEnd are onsets up to the end of an output. Whether one so near the end comes before
// or after it can't be told.
func untilEnd(all []onset, end, within float64) []onset {
	for i := range all {
		all[i].doubt = all[i].doubt || all[i].at > end-within
	}
	return append(all, onset{at: end, doubt: true})
}

// compareOnsets tells an onset too many, one too few, and one at another time.
func compareOnsets(t *testing.T, what string, got reelastictest.Onsets, want []onset, within float64) {
	t.Helper()
	rest, same := got, true
	for _, w := range want {
		switch {
		case len(rest) > 0 && math.Abs(rest[0]-w.at) <= within:
			rest = rest[1:]
		case !w.doubt:
			same = false
		}
	}
	if !same || len(rest) > 0 {
		t.Errorf("%s at %.3f, want %s", what, got, want)
	}
}
