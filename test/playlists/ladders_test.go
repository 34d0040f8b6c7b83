package playlists

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/analyser"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// rung is an output of a ladder of these tests, with the profile, reference frames and
// rate of its pictures.
type rung struct{ key, base, profile, refs, rate string }

// ladder makes a playlist of rungs, of segments of so many seconds.
func (b *bench) ladder(t *testing.T, name, format, seconds string, rungs []rung) {
	t.Helper()
	job := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}}, OutputKeyPrefix: new(name + "/")}
	listed := playlist(name, format)
	for _, r := range rungs {
		preset := r.base
		if r.profile != "" {
			preset = b.CopyPreset(t, r.base, func(req *api.CreatePresetRequest) {
				v := req.Video
				v.MaxWidth = new("192")
				v.MaxHeight = new("108")
				v.BitRate = new("100")
				v.FrameRate = &r.rate
				v.MaxFrameRate = nil
				v.KeyframesMaxDist = new("48")
				v.CodecOptions = map[string]string{"Profile": r.profile, "Level": "3", "MaxReferenceFrames": r.refs}
			})
		}
		o := output(r.key, preset)
		o.SegmentDuration = &seconds
		job.Outputs, listed.OutputKeys = append(job.Outputs, o), append(listed.OutputKeys, r.key)
	}
	job.Playlists = []api.CreateJobPlaylist{listed}
	b.Complete(t, job)
}

// Ladders of renditions that differ in profile, reference frames, rate and sound join at
// every boundary, from each to each: the analysis of everything that the server has
// published, at the end, tells. That it has seen them is tested here.
func TestLaddersJoin(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "7")
	mixed := func(base string, rates ...string) []rung {
		return []rung{{"a", base, "baseline", "1", rates[0]}, {"b", base, "main", "3", rates[0]},
			{"c", base, "high", "1", rates[1]}}
	}
	sounds := []rung{{key: "s160", base: reelastictest.HLSAudio160k}, {key: "s64", base: reelastictest.HLSAudio64k}}
	ntsc := append(mixed(reelastictest.HLS400k, "29.97", "29.97"), sounds...)
	b.ladder(t, "ntsc", "HLSv3", "2", ntsc)
	b.ladder(t, "halved", "HLSv3", "2", append(mixed(reelastictest.HLS400k, "30", "15"), sounds...))
	b.ladder(t, "ranges", "HLSv4", "2", mixed(reelastictest.HLS400k, "23.97", "23.97"))
	b.ladder(t, "rates", "HLSv3", "2", mixed(reelastictest.HLS400k, "24", "25"))
	b.ladder(t, "fragments", "HLSv4", "2", mixed(reelastictest.Smooth400k, "24", "25"))
	b.ladder(t, "dash", "MPEG-DASH", "2", mixed(reelastictest.Smooth400k, "25", "25"))
	for name, want := range map[string]int{"ntsc": 5, "halved": 5, "ranges": 3, "rates": 3, "fragments": 3} {
		h, err := analyser.ReadHLS(b.Bucket("out"), name+"/"+name+".m3u8", nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Wrong) > 0 {
			t.Errorf("%s", strings.Join(h.Wrong, "\n"))
		}
		if len(h.Renditions) != want || h.Renditions[0].Pictures == 0 || h.Renditions[0].Sounds == 0 ||
			h.Renditions[0].Lead == 0 {
			t.Errorf("%s: %d renditions, the first %+v", name, len(h.Renditions), h.Renditions[0])
		}
	}
	d, err := analyser.ReadDASH(b.Bucket("out"), "dash/dash.mpd")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Wrong) > 0 || len(d.Sets) != 1 || len(d.Sets[0]) != 3 || d.Sets[0][0].Sounds == 0 {
		t.Errorf("%d sets, %s", len(d.Sets), strings.Join(d.Wrong, "\n"))
	}
}

// The system presets HLS 400k and 600k announce rates near those that the original's
// playlist on record has, of a source whose rate is steady, and 64 kb/s of sound take
// no more than 90 in a transport stream.
func TestRates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	steady := filepath.Join(t.TempDir(), "steady.mp4")
	reelastictest.FFmpeg(t, "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=24", "-f", "lavfi",
		"-i", "sine=r=44100:d=24",
		"-f", "lavfi", "-i", "anoisesrc=r=44100:d=24:a=0.1", "-filter_complex", "[1][2]amerge", "-c:v", "libx264",
		"-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p", "-c:a", "aac", steady)
	b.Put("in", "film.mp4", steady)
	b.ladder(t, "rates", "HLSv3", "10", []rung{{key: "400", base: reelastictest.HLS400k},
		{key: "600", base: reelastictest.HLS600k}, {key: "64", base: reelastictest.HLSAudio64k}})
	h, err := analyser.ReadHLS(b.Bucket("out"), "rates/rates.m3u8", nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, record := range map[string]float64{"rates/400.m3u8": 455_000, "rates/600.m3u8": 663_000} {
		t.Logf("%s: %d", key, h.Bandwidths[key])
		if got := float64(h.Bandwidths[key]); got < 0.95*record || got > 1.05*record {
			t.Errorf("%s announces %.0f, the record %.0f", key, got, record)
		}
	}
	if got := h.Bandwidths["rates/64.m3u8"]; got == 0 || got > 90_000 {
		t.Errorf("64 kb/s of sound announce %d", got)
	}
}
