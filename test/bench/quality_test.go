package bench

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// speeds are the values of --speed that somebody might choose, the first one the default.
var speeds = []string{speed, "ultrafast", "superfast", "faster", "fast", "medium"}

// qualityClips are real recordings: drawn, filmed by hand, by phones, with grain.
var qualityClips = []string{"video/flower-540p-h264-aac.mp4", "video/bbb-480p-30s-h264-aac51.mp4",
	"video/kitchen-rot180-vfr.mp4", "video/phone-vfr-oddsize.mp4", "video/portrait-4k60-rot90.mp4",
	"video/bbb-720p-30s-vp8.webm", "video/portrait-rot90-iphone.mov"}

// qualityRates are the bit rates, in kb/s, at which each clip is encoded.
var qualityRates = []int{300, 600, 1200, 2400}

// BenchmarkSpeed encodes real clips with x264 as the program does, at each speed and several bit
// rates, and prints what a speed costs beside the default one, and how many bits more or less it
// needs than "medium" for the same quality (Bjøntegaard's rate difference over SSIM, and
// over XPSNR where the ffmpeg measures it).
func BenchmarkSpeed(b *testing.B) {
	load(b)
	metrics := []metric{ssimOf}
	if out, _ := exec.Command("ffmpeg", "-hide_banner", "-filters").Output(); strings.Contains(string(out), " xpsnr ") {
		metrics = append(metrics, xpsnrOf)
	}
	curves := map[string][]curve{} // by speed: a curve for each clip and metric, in one order
	cpu := map[string]float64{}
	for _, clip := range qualityClips {
		source := shrink(b, reelastictest.SampleMedia(b, clip))
		for _, s := range speeds {
			took, measured := rateCurves(b, source, s, metrics)
			cpu[s] += took
			curves[s] = append(curves[s], measured...)
			b.Logf("%s, %s: CPU %.2f s, %v", clip, s, took, measured)
		}
	}
	for _, s := range speeds {
		results.note(b, s+": CPU time / "+speed, number(cpu[s]/cpu[speed], ""))
		for m, metric := range metrics {
			var differences []float64
			for i := m; i < len(curves[s]); i += len(metrics) {
				differences = append(differences, rateDifference(curves[s][i], curves["medium"][i]))
			}
			results.note(b, s+": bits for the same "+metric.name+" as medium", fmt.Sprintf("%+.1f %% (%+.1f to %+.1f)",
				mean(differences), slices.Min(differences), slices.Max(differences)))
		}
	}
}

// shrink makes five seconds of a clip small and lossless, at a constant rate.
func shrink(b *testing.B, path string) string {
	b.Helper()
	small := filepath.Join(b.TempDir(), "source.mkv")
	out, err := exec.CommandContext(b.Context(), "ffmpeg", "-nostdin", "-v", "error", "-i", path, "-t", "5", "-an",
		"-vf", `fps=30,scale=w=if(gt(iw\,ih)\,640\,-2):h=if(gt(iw\,ih)\,-2\,640),format=yuv420p`, "-c:v", "ffv1",
		small).CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v\n%s", path, err, out)
	}
	return small
}

// curve is a quality, in dB, by the logarithm of the bit rate; both rise.
type curve []struct{ quality, logRate float64 }

// rateCurves encodes a source at all rates: the processor time, and a curve for each metric.
func rateCurves(b *testing.B, source, speed string, metrics []metric) (cpu float64, all []curve) {
	b.Helper()
	all = make([]curve, len(metrics))
	dir := b.TempDir()
	defer os.RemoveAll(dir)
	for _, rate := range qualityRates {
		film := filepath.Join(dir, strconv.Itoa(rate)+".mp4")
		cmd := exec.CommandContext(b.Context(), "ffmpeg", "-nostdin", "-v", "error", "-i", source, "-c:v", "libx264",
			"-preset", speed, "-profile:v", "main", "-level", "3.1", "-refs", "3", "-b:v", fmt.Sprintf("%dk", rate),
			"-g", "90", film)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s at %d kb/s: %v\n%s", speed, rate, err, out)
		}
		cpu += (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
		info, err := os.Stat(film)
		if err != nil {
			b.Fatal(err)
		}
		for m, metric := range metrics {
			all[m] = append(all[m], struct{ quality, logRate float64 }{metric.measure(b, film, source),
				math.Log(float64(info.Size()))})
		}
	}
	return cpu, all
}

// metric is a way to say how near a film is to its source.
type metric struct {
	name, filter string
	line         *regexp.Regexp
	decibel      func(float64) float64
}

var (
	ssimOf = metric{"SSIM", "ssim", regexp.MustCompile(`SSIM Y:([0-9.]+)`),
		func(similarity float64) float64 { return -10 * math.Log10(1-similarity) }}
	xpsnrOf = metric{"XPSNR", "xpsnr", regexp.MustCompile(`XPSNR +y: ([0-9.]+)`),
		func(decibel float64) float64 { return decibel }}
)

// measure compares the luma of two films.
func (m metric) measure(b *testing.B, film, source string) float64 {
	b.Helper()
	out, err := exec.CommandContext(b.Context(), "ffmpeg", "-nostdin", "-hide_banner", "-i", film, "-i", source,
		"-lavfi", "[0:v]settb=1/1000,setpts=N[f];[1:v]settb=1/1000,setpts=N[s];[f][s]"+m.filter, "-f", "null",
		"-").CombinedOutput()
	found := m.line.FindSubmatch(out)
	if err != nil || found == nil {
		b.Fatalf("%s of %s: %v\n%s", m.name, film, err, out)
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return m.decibel(value)
}

// rateDifference is how many per cent more bits one curve needs than another one for the same
// quality, in the mean of the qualities that both reach.
func rateDifference(of, than curve) float64 {
	low := max(of[0].quality, than[0].quality)
	high := min(of[len(of)-1].quality, than[len(than)-1].quality)
	const steps = 1000
	var sum float64
	for i := range steps {
		quality := low + (high-low)*(float64(i)+0.5)/steps
		sum += of.logRateAt(quality) - than.logRateAt(quality)
	}
	return 100 * (math.Exp(sum/steps) - 1)
}

// logRateAt is the logarithm of the rate that a quality takes, by straight lines between
// what was measured.
func (c curve) logRateAt(quality float64) float64 {
	i := 1
	for i < len(c)-1 && c[i].quality < quality {
		i++
	}
	from, to := c[i-1], c[i]
	return from.logRate + (to.logRate-from.logRate)*(quality-from.quality)/(to.quality-from.quality)
}

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
