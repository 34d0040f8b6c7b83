package players

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// python is Debian's, which finds Debian's libraries.
const python = "/usr/bin/python3"

// shortSeconds is the length of the film that players of the desktop play, which play in
// real time, and shortSegment that of its segments.
const (
	shortSeconds = 2
	shortSegment = "1"
)

// object is what a player of the desktop opens.
type object struct {
	name, url string
	// pictures is how many there are, seconds how long it lasts.
	pictures int
	seconds  float64
	sound    bool
	// rough is what the container rounds times to, in seconds.
	rough float64
	// untimed: the player gives pictures no times. again: it reads a part twice.
	untimed, again bool
}

// form is a container with what stands in it, made from a system preset.
type form struct {
	key, preset string
	change      func(*api.CreatePresetRequest)
}

// small makes the pictures of a preset cheap to encode.
func small(p *api.CreatePresetRequest) {
	p.Video.MaxWidth, p.Video.MaxHeight, p.Video.FrameRate, p.Video.MaxFrameRate = new("160"), new("96"), new("25"), nil
}

// once is an animation that does not begin again, smallOnce a small one.
func once(p *api.CreatePresetRequest) { p.Video.CodecOptions["LoopCount"] = "0" }

func smallOnce(p *api.CreatePresetRequest) {
	small(p)
	once(p)
}

// steadyOnce is such an animation at a rate that GStreamer finds the end of: at 20 frames a
// second and below it waits for more.
func steadyOnce(p *api.CreatePresetRequest) {
	once(p)
	p.Video.FrameRate, p.Video.MaxFrameRate = new("25"), nil
}

// smallMXF has a rate that small pictures can use up.
func smallMXF(p *api.CreatePresetRequest) {
	small(p)
	p.Video.BitRate = new("2000")
	delete(p.Video.CodecOptions, "MaxBitRate")
	delete(p.Video.CodecOptions, "BufferSize")
}

// sounding changes the container and codec of a preset of sound.
func sounding(container, codec string) func(*api.CreatePresetRequest) {
	return func(p *api.CreatePresetRequest) {
		if codec != *p.Audio.Codec {
			p.Audio.BitRate, p.Audio.CodecOptions = new("128"), nil
		}
		p.Container, p.Audio.Codec = &container, &codec
	}
}

// forms are one of each container.
var forms = []form{
	{"film.mp4", "000010", small}, {"film.ts", "200010", small}, {"film.fmp4", "400050", small},
	{"film.flv", "100210", small}, {"film.mpg", "100170", small}, {"film.mxf", "100230", smallMXF},
	{"film.gif", "100200", smallOnce},
	{"vp8.webm", "100240", small}, {"vp9.webm", "100250", small},
	{"sound.mp4", "100130", nil}, {"sound.mp3", "300040", nil}, {"sound.wav", "300300", nil},
	{"sound.flac", "300110", nil},
	{"sound.mp2", "300040", sounding("mp2", "mp2")}, {"sound.oga", "300110", sounding("oga", "flac")},
	{"sound.ogg", "300040", sounding("ogg", "vorbis")}, {"sound.ts", "200060", nil},
}

// desktop makes an object of each form, with REELASTIC_SOAK of each system preset too,
// and the playlists of each format.
func desktop(t *testing.T) []object {
	t.Helper()
	b := newBench(t)
	b.Put("in", "short.mkv", makeShort(t))
	all := forms
	if reelastictest.Soak {
		all = append(slices.Clone(forms), b.systemForms(t)...)
	}
	job := &api.CreateJobRequest{OutputKeyPrefix: new("d/"), Inputs: []api.JobInput{{Key: new("short.mkv")}}}
	var objects []object
	for from := 0; from < len(all); from += 15 {
		some := all[from:min(from+15, len(all))]
		job.Outputs = nil
		sounds := map[string]bool{}
		for _, f := range some {
			preset := b.formPreset(t, f)
			job.Outputs = append(job.Outputs, reelastictest.Output(f.key, *preset.Id, ""))
			sounds[f.key] = preset.Audio != nil && preset.Audio.Codec != nil
		}
		for _, out := range b.Complete(t, job).Outputs {
			o := b.object(*out.Key, "", out)
			o.sound = sounds[*out.Key]
			o.url = "file://" + b.Output("d/"+*out.Key)
			objects = append(objects, o)
		}
	}
	return append(objects, b.ladders(t)...)
}

// makeShort makes the short film.
func makeShort(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "short.mkv")
	reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi",
		"-i", fmt.Sprintf("testsrc2=s=320x180:r=25:d=%d", shortSeconds),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=r=48000:d=%d", shortSeconds), "-c:v", "libx264", "-preset", "ultrafast",
		"-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", "-ac", "2", path)
	return path
}

// formPreset is a form's preset.
func (b *bench) formPreset(t *testing.T, f form) *api.Preset {
	t.Helper()
	id := f.preset
	if len(id) == 6 {
		id = "1351620000001-" + id
	}
	if f.change != nil {
		id = b.CopyPreset(t, id, f.change)
	}
	return b.ReadPreset(t, id)
}

// systemForms are the system presets as they are.
func (b *bench) systemForms(t *testing.T) (all []form) {
	t.Helper()
	for p, err := range b.Client.Presets(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		f := form{key: *p.Id + "." + *p.Container, preset: *p.Id}
		if *p.Container == "gif" {
			f.change = steadyOnce
		}
		all = append(all, f)
	}
	return all
}

// object is what is expected of an output.
func (b *bench) object(name, key string, out api.JobOutput) object {
	o := object{name: name, url: b.origin.URL + "/" + key, seconds: float64(*out.DurationMillis) / 1000, rough: 0.0001}
	if out.FrameRate != nil {
		rate, _ := strconv.ParseFloat(*out.FrameRate, 64)
		o.pictures = int(math.Round(o.seconds * rate))
	}
	switch name[strings.LastIndex(name, ".")+1:] {
	case "webm", "flv": // whole milliseconds
		o.rough = 0.0011
	case "gif":
		o.untimed = true
	}
	return o
}

// ladders are playlists of two renditions, and of sound where the format has it apart.
func (b *bench) ladders(t *testing.T) (objects []object) {
	t.Helper()
	fragments := func(p *api.CreatePresetRequest) {
		small(p)
		p.Container, p.Video.FixedGOP, p.Video.KeyframesMaxDist = new("fmp4"), new("true"), new("25")
	}
	stream := func(p *api.CreatePresetRequest) { small(p); p.Video.KeyframesMaxDist = new("25") }
	for _, l := range []struct {
		name, format, opens string
		forms               []form
	}{
		{"hlsv3", "HLSv3", ".m3u8", []form{{"low", "200050", stream}, {"high", "200030", stream}}},
		{"hlsv4-muxed", "HLSv4", ".m3u8", []form{{"low", "200050", stream}, {"high", "200030", stream}}},
		{"cmaf-muxed", "HLSv4", ".m3u8", []form{{"low", "400080", fragments}, {"high", "400060", fragments}}},
		{"dash", "MPEG-DASH", ".mpd", []form{{"low", "500050", fragments}, {"high", "500040", fragments},
			{"sound", "500060", nil}}},
		{"smooth", "Smooth", ".ism/Manifest", []form{{"low", "400080", fragments}, {"high", "400060", fragments}}},
	} {
		job := &api.CreateJobRequest{OutputKeyPrefix: new(l.name + "/"),
			Inputs: []api.JobInput{{Key: new("short.mkv")}}}
		listed := api.CreateJobPlaylist{Name: &l.name, Format: &l.format}
		for _, f := range l.forms {
			preset := b.formPreset(t, f)
			job.Outputs = append(job.Outputs, reelastictest.Output(f.key, *preset.Id, shortSegment))
			listed.OutputKeys = append(listed.OutputKeys, f.key)
		}
		job.Playlists = []api.CreateJobPlaylist{listed}
		made := b.Complete(t, job)
		o := b.object(l.name, l.name+"/"+l.name+l.opens, made.Outputs[0])
		// VLC 3 reads the last segment of an index as a range without an end and loads the
		// file once more.
		o.sound, o.again = true, l.format == "MPEG-DASH"
		objects = append(objects, o)
	}
	b.origin.learn(t)
	return objects
}

// TestDesktop plays an object of each format in GStreamer and in VLC, to the end.
func TestDesktop(t *testing.T) {
	reelastictest.Need(t, "", python, "desktop/gst.py", "file:///dev/null")
	reelastictest.Need(t, "", python, "-c", "import ctypes; ctypes.CDLL('libvlc.so.5')")
	for _, o := range desktop(t) {
		t.Run("gstreamer-"+o.name, func(t *testing.T) {
			t.Parallel()
			o.inGStreamer(t)
		})
		t.Run("vlc-"+o.name, func(t *testing.T) {
			t.Parallel()
			o.inVLC(t)
		})
	}
}

// inGStreamer wants every picture at its time, and sound without a hole.
func (o object) inGStreamer(t *testing.T) {
	t.Helper()
	var got struct {
		Video    []float64
		Audio    [][2]float64
		Messages []string
		Ended    bool
	}
	if err := json.Unmarshal([]byte(reelastictest.Command(t, python, "desktop/gst.py", o.url)), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Ended || len(got.Messages) > 0 {
		t.Errorf("ended: %v, %q", got.Ended, got.Messages)
	}
	if len(got.Video) != o.pictures {
		t.Errorf("%d pictures, want %d", len(got.Video), o.pictures)
	}
	slices.Sort(got.Video)
	for n := 1; n < len(got.Video) && !o.untimed; n++ {
		if off := got.Video[n] - got.Video[n-1] - o.seconds/float64(o.pictures); math.Abs(off) > o.rough {
			t.Errorf("picture %d is %.3f ms from its place", n, off*1000)
		}
	}
	sum := 0.0
	for n, a := range got.Audio {
		if n > 0 {
			if hole := a[0] - got.Audio[n-1][0] - got.Audio[n-1][1]; math.Abs(hole) > o.rough {
				t.Errorf("a hole of %.3f ms in the sound at %.3f", hole*1000, a[0])
			}
		}
		sum += a[1]
	}
	if o.sound && math.Abs(sum-o.seconds) > 0.1 || !o.sound && sum > 0 {
		t.Errorf("sound for %.3f s, want %.3f", sum, o.seconds)
	}
}

// harmless are what VLC warns of in every file of a format, however it was made.
var harmless = []string{"elst box found", "STTS table of ", "CTTS table of ", "no chunk defined", "decoded zero sample",
	"couldn't find any ogg logical stream",
	"find KaxCues", "cannot get block EOF?", "mkv warning: EOF", "doesn't look interleaved",
	"unknown box type cenc", "out of bound child mdat", // of headers that it makes for Smooth Streaming itself
	// it looks for the last time of a program stream from the middle of a packet
	"garbage at input, trying to resync", "found sync code",
	"an error in the stream caused the decoder to lose synchronization", // at the end of FLAC
	// 3.0.24 looks for a list of its plugins, which Debian makes in another package
	"plugins.dat: No such file",
}

// inVLC wants as many pictures, nothing late or damaged, and no word about the stream.
func (o object) inVLC(t *testing.T) {
	t.Helper()
	var got struct {
		Ended                                bool
		Video, Audio, Corrupted, Late, Heard int
		Messages                             []string
	}
	args := []string{"desktop/vlc.py", o.url}
	if o.untimed { // else it shows the first picture of an animation, for ten seconds
		args = append(args, "--demux=avformat")
	}
	if err := json.Unmarshal([]byte(reelastictest.Command(t, python, args...)), &got); err != nil {
		t.Fatal(err)
	}
	got.Messages = slices.DeleteFunc(got.Messages, func(m string) bool {
		return slices.ContainsFunc(harmless, func(h string) bool { return strings.Contains(m, h) })
	})
	if !got.Ended || got.Corrupted > 0 || got.Late > 0 || len(got.Messages) > 0 {
		t.Errorf("ended: %v, %d damaged, %d late, %q", got.Ended, got.Corrupted, got.Late, got.Messages)
	}
	// A picture is counted when it is taken and when it is given, and some the last time once
	// more: GStreamer tells how many there are.
	if n := got.Video / 2; n < o.pictures || n > o.pictures+1 && !o.again {
		t.Errorf("%d pictures, want %d", n, o.pictures)
	}
	if o.sound != (got.Heard > 0) {
		t.Errorf("%d pieces of sound were heard", got.Heard)
	}
}
