package field

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// inputFrom gives an input of ffmpeg that begins at a time, and ends at 4 s of the film.
func inputFrom(begins float64, format string) []string {
	return []string{"-itsoffset", fmt.Sprint(begins), "-f", "lavfi", "-i", fmt.Sprintf(format, begins, 4-begins)}
}

// The flash and the beep of each second of a film.
const (
	flashing = "color=c=gray:s=120x90:r=25:d=%[2]g,drawbox=w=iw:h=ih/2:c=white:t=fill:" +
		"enable='lt(mod(t+%[1]g+0.000001,1),0.15)'"
	beeping = "aevalsrc='0.5*sin(2*PI*880*t)*lt(mod(t+%[1]g+0.000001,1),0.1)':c=mono:s=48000:d=%[2]g"
)

// TestStarts makes outputs of one stream each from transport and program streams in which the
// other one begins earlier: the place in the film stays what it was. A programme that begins
// earlier, and is not chosen, moves nothing.
func TestStarts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	audio := []string{"audio.mp3", reelastictest.MP3At192k}
	video := []string{"dash-video.mp4", reelastictest.DASHVideo1200k}
	film := []string{"film.mp4", reelastictest.Generic480p}
	encoded := []string{"-c:v", "mpeg2video", "-bf", "0", "-g", "25", "-c:a", "mp2"}
	for _, c := range []struct {
		file    string
		args    []string
		want    want
		outputs [][]string // each is a job of its own
	}{
		{"late-audio.ts", slices.Concat(inputFrom(0, flashing), inputFrom(0.68, beeping)),
			want{seconds: 4, beeps: []float64{1, 2, 3}, blind: true}, [][]string{audio}},
		{"late-audio.mpg", slices.Concat(inputFrom(0, flashing), inputFrom(0.68, beeping)),
			want{seconds: 4, beeps: []float64{1, 2, 3}, blind: true}, [][]string{audio}},
		{"late-video.ts", slices.Concat(inputFrom(0.68, flashing), inputFrom(0, beeping)),
			want{seconds: 4, flashes: []float64{1, 2, 3}, silent: true}, [][]string{video}},
		{"early-radio.ts", slices.Concat([]string{"-itsoffset", "-0.8", "-f", "lavfi", "-i", "sine=f=300:d=5"},
			inputFrom(0, flashing), inputFrom(0, beeping), []string{"-map", "0", "-map", "1", "-map", "2",
				"-program", "title=radio:st=0", "-program", "title=film:st=1:st=2"}),
			want{seconds: 4, flashes: upTo(4), beeps: upTo(4)}, [][]string{film, audio}},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			args := slices.Concat([]string{"-v", "error"}, c.args, encoded, []string{path})
			if out, err := exec.CommandContext(t.Context(), "ffmpeg", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			b.Put("in", c.file, path)
			c.want.file = c.file
			for _, o := range c.outputs {
				c.want.check(t, b, b.Run(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: &c.file}},
					Outputs: []api.CreateJobOutput{reelastictest.Output(c.file+"/"+o[0], o[1], "")}}))
			}
		})
	}
}
