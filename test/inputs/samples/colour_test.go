package samples

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// rgb is a colour, 0 to 255 each.
type rgb [3]int

var black, magenta = rgb{0, 0, 0}, rgb{255, 0, 255}

// spot is a colour at a place in the picture, in hundredths of its sides.
type spot struct {
	x, y int
	want rgb
}

// bars are the spots of colours that stand side by side.
func bars(all ...rgb) (spots []spot) {
	for i, c := range all {
		spots = append(spots, spot{(2*i + 1) * 50 / len(all), 50, c})
	}
	return spots
}

// square is a colour in the middle of black.
func square(c rgb) []spot {
	return []spot{{50, 50, c}, {10, 50, black}, {50, 8, black}, {90, 90, black}}
}

// colourOutputs are the outputs that each source is made into, with the names of the
// files that are looked at, thumbnails included.
var colourOutputs = []struct {
	preset, key, segment string
	files                []string
}{
	{"1351620000001-000010", "film.mp4", "", []string{"film.mp4", "film.mp4-00001.png"}},
	{"1351620000001-000040", "small.mp4", "", []string{"small.mp4"}},
	{"1351620000001-200010", "hls", "10", []string{"hls.m3u8", "hls-00001.png"}},
	{"1351620000001-500020", "dash", "", []string{"dash"}},
	{"1351620000001-100240", "vp8.webm", "", []string{"vp8.webm"}},
	{"1351620000001-100250", "vp9.webm", "", []string{"vp9.webm"}},
	{"1351620000001-100200", "film.gif", "", []string{"film.gif"}},
	{"jpg", "jpg.mp4", "", []string{"jpg.mp4", "jpg.mp4-00001.jpg"}},
}

// TestColours decodes what comes of sources whose colours are written in other ways than
// those of most video, and looks at them as players do: by the tags. HDR becomes SDR.
func TestColours(t *testing.T) {
	t.Parallel()
	f := reelastictest.New(t, "--workers", "2")
	f.Within = 5 * time.Minute
	jpg := f.CopyPreset(t, colourOutputs[0].preset, func(p *api.CreatePresetRequest) {
		p.Thumbnails.Format = new("jpg")
	})
	patches := bars(rgb{255, 0, 0}, rgb{0, 255, 0}, rgb{0, 0, 255}, rgb{255, 128, 0}, rgb{128, 128, 128})
	toned := bars(rgb{226, 0, 0}, rgb{0, 226, 0}, rgb{0, 0, 226}, rgb{226, 113, 0}, rgb{128, 128, 128})
	dolby := func(profile, compatible byte) func(*testing.T) string {
		return func(t *testing.T) string { return dolbyVision(t, hdr(t, "arib-std-b67"), profile, compatible) }
	}
	for _, c := range []struct {
		name   string
		source func(*testing.T) string
		spots  []spot
		dark   int // what may be seen of 0; other colours are exact to 3
		code   int // of the failure
	}{
		{"rgb-hd-h264rgb.mkv", nil, patches, 4, 0},
		{"rgb-hd-qtrle.mov", nil, patches, 4, 0},
		{"alpha-prores.mov", nil, square(magenta), 4, 0},
		{"alpha-vp9.webm", nil, square(magenta), 4, 0},
		{"pq.mp4", func(t *testing.T) string { return hdr(t, "smpte2084") }, toned, 32, 0},
		{"hlg.mp4", func(t *testing.T) string { return hdr(t, "arib-std-b67") }, toned, 32, 0},
		{"dolby-vision-84.mp4", dolby(8, 4), toned, 32, 0},
		{"dolby-vision-5.mp4", dolby(5, 0), nil, 0, 4006},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := ""
			if c.source == nil {
				path = reelastictest.SampleMedia(t, "field/"+c.name)
			} else {
				path = c.source(t)
			}
			f.Put("in", c.name, path)
			in := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: &c.name}}, OutputKeyPrefix: new(c.name + "/")}
			for _, o := range colourOutputs {
				output := reelastictest.Output(o.key, o.preset, o.segment)
				if o.preset == "jpg" {
					output.PresetId = &jpg
				}
				if len(o.files) > 1 {
					output.ThumbnailPattern = new(o.key + "-{count}")
				}
				in.Outputs = append(in.Outputs, output)
			}
			job := f.Run(t, in)
			for i, o := range colourOutputs {
				output := job.Outputs[i]
				if c.code != 0 {
					if !strings.HasPrefix(reelastictest.Text(output.StatusDetail), fmt.Sprint(c.code)) {
						t.Errorf("%s: %s %q, want code %d", o.key, *output.Status,
							reelastictest.Text(output.StatusDetail), c.code)
					}
					continue
				}
				if *output.Status != "Complete" || output.StatusDetail != nil {
					t.Errorf("%s: %s %q", o.key, *output.Status, reelastictest.Text(output.StatusDetail))
					continue
				}
				for _, name := range o.files {
					checkSpots(t, f.Output(c.name+"/"+name), c.spots, c.dark)
				}
			}
		})
	}
}

// hdr makes the bars in HDR, with white at its reference of 203 cd/m².
func hdr(t *testing.T, transfer string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), transfer+".mp4")
	graph, pads := "", ""
	for i, colour := range []string{"0xff0000", "0x00ff00", "0x0000ff", "0xff8000", "0x808080"} {
		graph += fmt.Sprintf("color=%s:s=256x720:r=10:d=1,format=gbrp[b%d];", colour, i)
		pads += fmt.Sprintf("[b%d]", i)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi",
		"-i", graph+pads+"hstack=5",
		"-vf", "setparams=colorspace=gbr:color_primaries=bt709:color_trc=bt709:range=pc,zscale=p=bt2020:t="+transfer+
			":npl=203:m=bt2020nc:r=tv,format=yuv420p10le",
		"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params",
		"log-level=error:crf=4:colorprim=bt2020:colormatrix=bt2020nc:transfer="+transfer, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// dolbyVision says in an mp4 file of HEVC, whose boxes stand after its media, that there
// is Dolby Vision of a profile over what is compatible with something.
func dolbyVision(t *testing.T, path string, profile, compatible byte) string {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	record := make([]byte, 32)
	binary.BigEndian.PutUint32(record, 32)
	copy(record[4:], "dvcC")
	if profile > 7 {
		copy(record[4:], "dvvC")
	}
	record[8], record[10], record[11], record[12] = 1, profile<<1, 3<<3|5, compatible<<4
	at := bytes.Index(file, []byte("hvcC")) - 4
	file = slices.Insert(file, at, record...)
	for _, kind := range []string{"moov", "trak", "mdia", "minf", "stbl", "stsd", "hvc1"} {
		size := file[bytes.LastIndex(file[:at], []byte(kind))-4:]
		binary.BigEndian.PutUint32(size, binary.BigEndian.Uint32(size)+uint32(len(record)))
	}
	path = filepath.Join(t.TempDir(), "dolby.mp4")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkSpots looks at places in the first picture of a file, decoded as its tags say; of
// video without tags there is nothing to be seen.
func checkSpots(t *testing.T, path string, spots []spot, dark int) {
	t.Helper()
	const width, height = 400, 200
	filters := "zscale=m=gbr:r=pc:p=bt709:t=bt709,format=gbrp,"
	if ext := filepath.Ext(path); ext == ".png" || ext == ".jpg" || ext == ".gif" {
		filters = ""
	}
	filters += fmt.Sprintf("scale=%d:%d:flags=neighbor,format=rgb24", width, height)
	raw, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-i", path, "-frames:v", "1",
		"-vf", filters, "-f", "rawvideo", "-").Output()
	if err != nil || len(raw) != 3*width*height {
		t.Errorf("%s: %d bytes, %v", path, len(raw), err)
		return
	}
	for _, s := range spots {
		at := 3 * (s.y*height/100*width + s.x*width/100)
		for k, want := range s.want {
			most := 3
			if want == 0 {
				most = dark
			}
			if off := int(raw[at+k]) - want; off < -most || off > most {
				t.Errorf("%s: %v is shown as %v", filepath.Base(path), s.want, raw[at:at+3])
				break
			}
		}
	}
}
