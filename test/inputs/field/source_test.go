package field

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// film is what a part of a source holds. Its times are those of the whole source, of which
// every second begins with a flash and a beep.
type film struct {
	video, audio         bool
	width, height, rate  int
	channels, sampleRate int
	// shown and heard are how far video and audio reach.
	shown, heard interval
	// unseen and unheard are left out of them.
	unseen, unheard interval
	// clock is how far the times in the file are ahead of those of the film.
	clock float64
	// anew reports that the clock is set anew before this part.
	anew bool
}

func (f film) from() float64 { return f.whole().from }

func (f film) whole() interval {
	switch {
	case !f.video:
		return f.heard
	case !f.audio:
		return f.shown
	}
	return f.shown.joined(f.heard)
}

// source is a file made at random, and what it is right to show of it.
type source struct {
	t    *testing.T
	dir  string
	rng  *rand.Rand
	kind kind
	// recipe are the commands that make the file, in order.
	recipe []string
	file   string
	parts  []film
	truth  truth
	// slack is how far what follows a clock that is set anew may be from where it was, since
	// streams do not end together.
	slack float64
	// reordered reports that frames may not be coded in the order in which they are shown.
	reordered bool
	// videoCodec and audioCodec are the encoders.
	videoCodec, audioCodec string
}

// kind is a container, with what can be in it.
type kind struct {
	name, extension string
	video           bool
	make            func(s *source)
	// videoCodecs and audioCodecs are ffmpeg's encoders of what it may hold.
	videoCodecs, audioCodecs []string
	// steady codecs keep their channels and sample rate, since the container says them once.
	steady []string
}

var kinds = []kind{
	{"ts", "ts", true, (*source).stream, []string{"libx264", "libx264", "mpeg2video"},
		[]string{"aac", "ac3", "mp2", "libmp3lame"}, nil},
	{"mp4", "mp4", true, (*source).remuxed, []string{"libx264"}, []string{"aac", "ac3", "libmp3lame"}, []string{"aac"}},
	{"fragmented mp4", "mp4", true, (*source).remuxed, []string{"libx264"}, []string{"aac", "ac3"}, []string{"aac"}},
	{"cut mp4", "mp4", true, (*source).remuxed, []string{"libx264"}, []string{"aac", "ac3"}, []string{"aac"}},
	{"mkv", "mkv", true, (*source).remuxed, []string{"libx264", "mpeg2video"}, []string{"aac", "ac3", "libmp3lame"},
		[]string{"aac"}},
	{"flv", "flv", true, (*source).remuxed, []string{"libx264"}, []string{"aac", "libmp3lame"}, []string{"aac"}},
	{"webm", "webm", true, (*source).listed, []string{"libvpx"}, []string{"libopus", "libvorbis"},
		[]string{"libvorbis"}},
	{"ogg", "ogg", false, (*source).bare, nil, []string{"libvorbis", "libopus", "flac"}, nil},
	{"mp3", "mp3", false, (*source).bare, nil, []string{"libmp3lame"}, nil},
	{"adts", "aac", false, (*source).bare, nil, []string{"aac"}, nil},
	{"program stream", "mpg", true, (*source).program, []string{"mpeg2video"}, []string{"ac3", "mp2"}, nil},
	{"straight mp4", "mp4", true, (*source).straight, []string{"libx264"},
		[]string{"aac", "ac3", "libmp3lame", "libopus"}, nil},
	{"straight webm", "webm", true, (*source).straight, []string{"libvpx"}, []string{"libopus", "libvorbis"}, nil},
	{"straight mkv", "mkv", true, (*source).straight, []string{"libx264"}, []string{"aac", "flac", "libvorbis"}, nil},
	{"straight ogg", "ogg", true, (*source).straight, []string{"libtheora"}, []string{"libvorbis", "libopus"}, nil},
}

// newSource makes the source of a number.
func newSource(t *testing.T, seed uint64) *source {
	t.Helper()
	s := &source{t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(seed, 13))}
	s.kind = kindOf(seed)
	s.file = fmt.Sprintf("source-%d.%s", seed, s.kind.extension)
	if s.kind.video {
		s.videoCodec = pick(s, s.kind.videoCodecs...)
	}
	s.audioCodec = pick(s, s.kind.audioCodecs...)
	s.script()
	s.kind.make(s)
	return s
}

// kindOf is the kind of the source of a number.
func kindOf(seed uint64) kind { return kinds[seed%uint64(len(kinds))] }

func pick[T any](s *source, from ...T) T { return from[s.rng.IntN(len(from))] }

// chance is true so often.
func (s *source) chance(share float64) bool { return s.rng.Float64() < share }

// between is a length in whole hundredths.
func (s *source) between(from, to float64) float64 {
	return math.Round((from+s.rng.Float64()*(to-from))*100) / 100
}

// moment is a time of the film at which it neither flashes nor beeps.
func (s *source) moment(from, to float64) float64 {
	at := s.between(from, to)
	second := math.Floor(at)
	return math.Round((second+0.3+(at-second)*0.6)*100) / 100
}

// sizes have nearly one shape, so that a flash stays a flash where one is fitted into another.
var sizes = [][2]int{{160, 90}, {128, 72}, {96, 54}, {176, 100}, {120, 90}, {64, 48}}

// script decides the parts.
func (s *source) script() {
	f := film{video: s.kind.video, audio: true, channels: pick(s, 1, 2, 2), sampleRate: 48000}
	s.reshape(&f, 1)
	count := pick(s, 1, 2, 3)
	if strings.HasPrefix(s.kind.name, "straight") {
		count = 1
	} else if !s.kind.video {
		count = pick(s, 2, 3)
	}
	at := 0.0
	for i := range count {
		if i > 0 {
			s.change(&f, &at)
		}
		end := s.moment(at+1, at+2.5)
		if count == 1 {
			end = s.moment(4, 5)
		}
		f.shown, f.heard = interval{at, end}, interval{at, end}
		f.unseen, f.unheard = interval{}, interval{}
		s.parts = append(s.parts, f)
		at = end
	}
	s.makeUneven()
}

// change decides what is other in the next part, and when it begins.
func (s *source) change(f *film, at *float64) {
	s.reshape(f, 0.4)
	f.anew = false
	if !s.kind.video {
		return
	}
	switch jump := s.rng.IntN(5); {
	case jump == 0 && f.rate == 15 && s.kind.name != "ts" && s.kind.name != "program stream":
		*at = s.moment(*at+10.5, *at+20) // a pause that would be a clock set anew elsewhere
	case jump == 0 && s.kind.name != "program stream":
		*at = s.moment(*at+0.5, *at+2.5) // a pause
	case s.kind.name == "program stream": // each part begins its clock anew
		f.clock, f.anew = -*at, true
	case s.kind.name != "ts":
	case jump == 1:
		f.clock, f.anew = f.clock+s.between(10.5, pick(s, 60.0, 3600, 40000)), true
	case jump == 2:
		f.clock, f.anew = f.clock-s.between(0.2, pick(s, *at+0.2, 10, 60, 3600)), true
	}
}

// reshape decides sizes and rates, each changed so often.
func (s *source) reshape(f *film, often float64) {
	if s.kind.video && s.chance(often) {
		size := pick(s, sizes...)
		f.width, f.height = size[0], size[1]
	}
	if s.kind.video && (f.rate == 0 || s.chance(often/2)) {
		f.rate = pick(s, ratesOfVideo[s.videoCodec]...)
	}
	if f.channels > 0 && f.sampleRate > 0 && often < 1 && slices.Contains(s.kind.steady, s.audioCodec) {
		return
	}
	if s.chance(often) {
		f.channels = pick(s, channelsOf[s.audioCodec]...)
	}
	mpeg := s.audioCodec == "mp2" || s.audioCodec == "libmp3lame"
	// ffmpeg 5.1 puts frames of MPEG audio elsewhere then
	if s.chance(often) && (often == 1 || !mpeg || !s.kind.video) {
		rates := ratesOf[s.audioCodec]
		if s.kind.name == "flv" && mpeg {
			rates = []int{44100, 22050} // it knows no others
		}
		f.sampleRate = pick(s, rates...)
	}
}

var channelsOf = map[string][]int{"aac": {1, 2, 6}, "ac3": {1, 2, 6}, "mp2": {1, 2}, "libmp3lame": {1, 2},
	"libopus": {1, 2}, "libvorbis": {1, 2}, "flac": {1, 2}}

var ratesOfVideo = map[string][]int{"libx264": {15, 25, 30}, "mpeg2video": {25, 30}, "libvpx": {15, 25, 30},
	"libtheora": {25, 30}}

var ratesOf = map[string][]int{"aac": {48000, 44100, 32000, 24000}, "ac3": {48000, 44100, 32000},
	"mp2":        {48000, 44100, 32000},
	"libmp3lame": {48000, 44100, 32000, 22050}, "libopus": {48000}, "libvorbis": {48000, 44100, 32000},
	"flac": {48000, 44100, 32000}}

// makeUneven lets streams begin late and end early, and leaves something out of them.
func (s *source) makeUneven() {
	if !s.kind.video {
		return
	}
	first, last := &s.parts[0], &s.parts[len(s.parts)-1]
	switch s.rng.IntN(5) {
	case 0:
		first.heard.from = s.moment(0, 1)
	case 1:
		first.shown.from = s.moment(0, 1)
	}
	switch s.rng.IntN(5) {
	case 0:
		last.heard.to = s.moment(last.heard.from+0.5, last.heard.to-0.5)
	case 1:
		last.shown.to = s.moment(last.shown.from+0.5, last.shown.to-0.5)
	}
	for i := range s.parts {
		p := &s.parts[i]
		if s.chance(0.1) {
			p.heard.from = s.between(p.heard.from, p.heard.from+0.3)
		}
		if s.chance(0.1) {
			p.shown.from = s.between(p.shown.from, p.shown.from+0.2)
		}
		if s.chance(0.1) {
			p.heard.to = s.between(p.heard.to-0.3, p.heard.to)
		}
		if s.chance(0.1) {
			p.shown.to = s.between(p.shown.to-0.2, p.shown.to)
		}
		if s.chance(0.25) {
			p.unseen = s.hole(p.shown)
		}
		if s.chance(0.25) {
			p.unheard = s.hole(p.heard)
		}
		if s.chance(0.1) {
			p.unseen = s.hole(p.whole())
			p.unheard = p.unseen
		}
	}
}

// hole is some of a part, neither its begin nor its end.
func (s *source) hole(part interval) interval {
	from := s.between(part.from+0.2, max(part.from+0.2, part.to-1))
	to := s.moment(from, max(from, part.to-0.4))
	return interval{from, min(to, part.to-0.2)}
}

// ffmpeg runs ffmpeg in a folder and puts it down in the recipe.
func (s *source) ffmpeg(args ...string) {
	s.t.Helper()
	line := "ffmpeg"
	for _, a := range args {
		if strings.ContainsAny(a, " ()*;'[]|") {
			a = `"` + a + `"`
		}
		line += " " + a
	}
	s.recipe = append(s.recipe, line)
	ffmpeg(s.t, s.dir, append([]string{"-nostdin", "-v", "error", "-y"}, args...)...)
}

func ffmpeg(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// concatenate puts files behind each other, byte by byte.
func (s *source) concatenate(to string, files []string) {
	s.t.Helper()
	s.recipe = append(s.recipe, "cat "+strings.Join(files, " ")+" > "+to)
	var all bytes.Buffer
	for _, file := range files {
		part, err := os.ReadFile(s.path(file))
		if err != nil {
			s.t.Fatal(err)
		}
		all.Write(part)
	}
	s.write(to, all.Bytes())
}

func (s *source) write(to string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(s.path(to), content, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *source) path(file string) string { return filepath.Join(s.dir, file) }

// encode makes the file of a part, whose times count from the film's from on.
func (s *source) encode(f film, from float64, file string, more ...string) {
	var inputs, outputs []string
	input := func(at float64, graph string) {
		inputs = append(inputs, "-itsoffset", fmt.Sprintf("%.3f", at-from), "-f", "lavfi", "-i", graph)
	}
	if f.video {
		input(f.shown.from,
			fmt.Sprintf(
				"color=c=gray:s=%dx%d:r=%d:d=%.3f,drawbox=w=iw:h=ih/2:c=white:t=fill:enable='lt(mod(t+%.6f,1),0.15)'%s",
				f.width, f.height, f.rate, f.shown.to-f.shown.from, f.shown.from+1e-6,
				without("select", f.unseen, f.shown.from)))
		outputs = append(append(outputs, "-map", "0:v", "-fps_mode", "passthrough"), s.videoArgs(f)...)
	}
	if f.audio {
		input(f.heard.from, fmt.Sprintf("aevalsrc='0.5*sin(2*PI*880*t)*lt(mod(t+%.6f,1),0.1)':c=%s:s=%d:d=%.3f",
			f.heard.from+1e-6, layouts[f.channels], f.sampleRate, f.heard.to-f.heard.from))
		outputs = append(outputs, "-map", fmt.Sprintf("%d:a", len(inputs)/6-1), "-c:a", s.audioCodec)
		if !f.unheard.none() {
			outputs = append(outputs, "-bsf:a", fmt.Sprintf("noise=drop='between(pts*tb,%.3f,%.3f)'",
				f.unheard.from-from, f.unheard.to-from))
		}
	}
	s.ffmpeg(append(append(append(inputs, outputs...), more...), file)...)
}

var layouts = map[int]string{1: "mono", 2: "stereo", 6: "5.1"}

// without is a filter that drops an interval of a stream that begins at a time.
func without(filter string, hole interval, from float64) string {
	if hole.none() {
		return ""
	}
	return fmt.Sprintf(",%s='not(between(t,%.3f,%.3f))'", filter, hole.from-from, hole.to-from)
}

func (s *source) videoArgs(f film) []string {
	args := []string{"-c:v", s.videoCodec, "-pix_fmt", "yuv420p", "-g", fmt.Sprint(f.rate)}
	if s.videoCodec == "libvpx" {
		return append(args, "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k")
	}
	between := pick(s, 0, 2)
	s.reordered = s.reordered || between > 0
	args = append(args, "-bf", fmt.Sprint(between))
	if s.videoCodec == "libx264" {
		return append(args, "-preset", "superfast")
	}
	return append(args, "-b:v", "500k")
}
