package field

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// truth is what a film shows and plays, in seconds from its beginning.
type truth struct {
	frames []moment
	beeps  []interval
	// video and audio are how far the streams reach, none where there is no such stream.
	video, audio interval
}

// moment is when a frame begins to be shown, and whether it is a flash.
type moment struct {
	at  float64
	lit bool
}

// interval is from a time to another.
type interval struct{ from, to float64 }

func (i interval) none() bool { return i.to <= i.from }

// joined is two intervals and what lies between.
func (i interval) joined(other interval) interval {
	switch {
	case i.none():
		return other
	case other.none():
		return i
	}
	return interval{min(i.from, other.from), max(i.to, other.to)}
}

// all is how far the whole film reaches.
func (f truth) all() interval { return f.video.joined(f.audio) }

// moved is the film by some seconds later.
func (f truth) moved(by float64) truth {
	g := truth{video: interval{f.video.from + by, f.video.to + by}, audio: interval{f.audio.from + by, f.audio.to + by}}
	for _, m := range f.frames {
		g.frames = append(g.frames, moment{m.at + by, m.lit})
	}
	for _, b := range f.beeps {
		g.beeps = append(g.beeps, interval{b.from + by, b.to + by})
	}
	return g
}

// with is the film with another, whose times count from the same beginning, laid over it.
func (f truth) with(next truth) truth {
	frames := append(slices.Clone(f.frames), next.frames...)
	slices.SortStableFunc(frames, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return truth{frames, append(slices.Clone(f.beeps), next.beeps...), f.video.joined(next.video),
		f.audio.joined(next.audio)}
}

// lapsOver is how much audio may come twice where the clock of a file is set anew.
const lapsOver = 0.1

// goesOn is by how much the next part of a film comes later where the clock is set anew. What
// lies between the parts can't be told: streams of one part neither begin nor end together,
// whether it was encoded alone or cut out of a longer one. So video goes on without a gap, and
// its audio with it, unless much of that would come twice (docs/divergences.md, "A clock that
// is set anew").
func (f truth) goesOn(next truth) float64 {
	video, audio := f.video.to-next.video.from, f.audio.to-next.audio.from
	if audio-video > lapsOver {
		return audio
	}
	return video
}

// fromStart is the film with its first moment at 0.
func (f truth) fromStart() truth { return f.moved(-f.all().from) }

// length is how long an output with these streams lasts: a last frame stands for audio
// that outlasts it by more than a block.
func (f truth) length(video, audio bool) float64 {
	switch {
	case !video:
		return f.audio.to
	case audio && f.audio.to > f.video.to+0.1:
		return f.audio.to
	}
	return f.video.to
}

// standing is the film with its first frame shown from the beginning.
func (f truth) standing() truth {
	if len(f.frames) > 0 {
		f.frames = append([]moment{{0, f.frames[0].lit}}, f.frames...)
	}
	return f
}

// followed is the film with another one behind it, in an output with video or without.
func (f truth) followed(next truth, video bool) truth {
	if !video {
		return f.clip(0, f.audio.to).with(next.moved(f.audio.to))
	}
	end := f.length(true, true)
	return f.standing().clip(0, end).with(next.standing().clip(0, next.length(true, true)).moved(end))
}

// after is what is left of the film from a time on.
func (f truth) after(from float64) truth {
	g := truth{video: f.video, audio: f.audio}
	for _, m := range f.frames {
		if m.at > from-1e-6 {
			g.frames = append(g.frames, m)
		}
	}
	for _, b := range f.beeps {
		if b.to > from {
			g.beeps = append(g.beeps, interval{max(b.from, from), b.to})
		}
	}
	g.video.from, g.audio.from = max(from, g.video.from), max(from, g.audio.from)
	return g.moved(-from)
}

// clip is what an output shows that asks for some seconds from a time on.
func (f truth) clip(from, seconds float64) truth {
	g := truth{video: cut(f.video, from, seconds), audio: cut(f.audio, from, seconds)}
	first := moment{at: 0}
	for _, m := range f.frames {
		switch {
		case m.at <= from+1e-6:
			first.lit = m.lit
		case m.at < from+seconds:
			g.frames = append(g.frames, moment{m.at - from, m.lit})
		}
	}
	if len(f.frames) > 0 {
		g.frames = append([]moment{first}, g.frames...)
		g.video = interval{0, min(seconds, f.length(true, true)-from)} // the last frame stands
	}
	for _, b := range f.beeps {
		if b = cut(b, from, seconds); !b.none() {
			g.beeps = append(g.beeps, b)
		}
	}
	return g
}

func cut(i interval, from, seconds float64) interval {
	return interval{max(0, i.from-from), min(seconds, i.to-from)}
}

// flashes are when flashes begin.
func (f truth) flashes() (all []float64) {
	lit := false
	for _, m := range f.frames {
		if m.lit && !lit {
			all = append(all, m.at)
		}
		lit = m.lit
	}
	return all
}

// onset is when a beep begins. It is in doubt where it may pass for one with the beep before.
type onset struct {
	at    float64
	doubt bool
}

// String tells it in seconds.
func (o onset) String() string {
	if o.doubt {
		return fmt.Sprintf("%.3f?", o.at)
	}
	return fmt.Sprintf("%.3f", o.at)
}

// onsets are those of all beeps. What is heard again within 0.3 s, told so closely, goes on.
func (f truth) onsets(within float64) (all []onset) {
	end := -1.0
	for _, b := range f.beeps {
		if silent := b.from - end; end < 0 || silent > 0.3-within {
			all = append(all, onset{b.from, end >= 0 && silent <= 0.3+within})
		}
		end = b.to
	}
	return all
}

// window is how many samples a beep's begin and end are told by.
const window = 64

// measure decodes a file by its own times, which must not be set anew in it. Its last
// frame is shown for some seconds.
func measure(t *testing.T, path string, streams film, last float64) (f truth) {
	t.Helper()
	dir := t.TempDir()
	video, audio := filepath.Join(dir, "video"), filepath.Join(dir, "audio")
	args := []string{"-nostdin", "-v", "error", "-copyts", "-i", path}
	if streams.video {
		args = append(args, "-map", "0:v:0", "-fps_mode", "passthrough",
			"-vf", fmt.Sprintf("crop=iw:ih/4:0:ih/8,scale=16:16,format=gray,"+
				"signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=%s", video), "-f", "null", "-")
	}
	if streams.audio {
		args = append(args, "-map", "0:a:0",
			"-af", fmt.Sprintf("asetnsamples=n=%d:p=0,astats=metadata=1:reset=1:measure_perchannel=none:"+
				"measure_overall=Peak_level,ametadata=print:key=lavfi.astats.Overall.Peak_level:file=%s",
				window, audio),
			"-f", "null", "-")
	}
	ffmpeg(t, "", args...)
	if streams.video {
		eachValue(t, video, func(at, level float64) {
			f.frames = append(f.frames, moment{at, level > 140})
			f.video = f.video.joined(interval{at, at + last})
		})
	}
	if streams.audio {
		eachValue(t, audio, func(at, level float64) {
			block := interval{at, at + window/float64(streams.sampleRate)}
			f.audio = f.audio.joined(block)
			if n := len(f.beeps); level < -34 { // 0.02 of full scale
			} else if n > 0 && at-f.beeps[n-1].to < 0.02 {
				f.beeps[n-1].to = block.to
			} else {
				f.beeps = append(f.beeps, block)
			}
		})
	}
	return f
}

// eachValue reads what ffmpeg's filter metadata has printed of one key.
func eachValue(t *testing.T, path string, do func(at, value float64)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	at := 0.0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if _, text, ok := strings.Cut(lines.Text(), "pts_time:"); ok {
			at = number(t, text)
		} else if _, text, ok := strings.Cut(lines.Text(), "="); ok {
			do(at, number(t, text))
		}
	}
}

func number(t *testing.T, text string) (n float64) {
	t.Helper()
	if _, err := fmt.Sscan(strings.Replace(text, "-inf", "-999", 1), &n); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}
