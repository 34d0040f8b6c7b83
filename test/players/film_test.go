package players

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// The film is seconds long and has rate frames a second. In every second its
// picture turns white and its sound beeps for a tenth of a second, both beginning
// flashAt seconds into it.
const (
	seconds = 12
	rate    = 25
	flashAt = 0.4
)

// makeFilm makes the film, with sound that no encoder has delayed.
func makeFilm(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mkv")
	reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error",
		"-f", "lavfi",
		"-i", fmt.Sprintf(
			"testsrc2=s=640x360:r=%d:d=%d,lutyuv=y=val/2,drawbox=c=white:t=fill:enable='between(mod(n,25),10,12)'",
			rate, seconds),
		"-f", "lavfi",
		"-i", fmt.Sprintf("aevalsrc='if(between(mod(n,48000),19200,23999),0.8*sin(2*PI*1000*t),0)':s=48000:d=%d",
			seconds),
		"-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", path)
	return path
}

// instants are the times, in seconds, at which flashes and beeps begin.
type instants struct{ flashes, beeps []float64 }

// flashes are the times at which flashes begin in a file's content, which ffmpeg
// reads with the options.
func flashes(t *testing.T, content []byte, options ...string) []float64 {
	t.Helper()
	const white = 180 // the rest of the film is half as bright
	return onsets(t, content, white, options, "-map", "0:v", "-vf",
		"scale=32:18:flags=neighbor,format=gray,signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=-")
}

// beeps are the times at which beeps begin in a file's content, to the millisecond.
func beeps(t *testing.T, content []byte, options ...string) []float64 {
	t.Helper()
	const quiet = -12 // dB; a beep is at -5, and what an encoder spreads before it is below -15
	return onsets(t, content, quiet, options, "-map", "0:a", "-af", "asetnsamples=n=48,"+
		"astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level,"+
		"ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=-")
}

// onsets decodes content with a filter that prints a value for every frame, and returns the times
// at which the value rises above a level.
func onsets(t *testing.T, content []byte, level float64, options []string, filter ...string) []float64 {
	t.Helper()
	// From a pipe, because fragments may come again and in any order.
	args := slices.Concat([]string{"-v", "error", "-copyts"}, options, []string{"-i", "pipe:0"}, filter,
		[]string{"-f", "null", "-"})
	out := string(reelastictest.Pipe(t, content, "ffmpeg", args...))
	var found []float64
	above, at := false, 0.0
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if _, time, ok := strings.Cut(line, "pts_time:"); ok {
			at = number(t, time)
			continue
		}
		_, value, _ := strings.Cut(line, "=")
		now := value != "-inf" && value != "nan" && number(t, value) > level
		if now && !above {
			found = append(found, at)
		}
		above = now
	}
	return found
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// captionFile writes the film's captions.
func captionFile(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for n, c := range cues {
		fmt.Fprintf(&text, "%d\n%s --> %s\n%s\n\n", n+1, srtTime(c.From), srtTime(c.To), c.Text)
	}
	path := filepath.Join(t.TempDir(), "film.srt")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// srtTime is a time below a minute as SRT files write it.
func srtTime(seconds float64) string {
	return strings.Replace(fmt.Sprintf("00:00:%06.3f", seconds), ".", ",", 1)
}
