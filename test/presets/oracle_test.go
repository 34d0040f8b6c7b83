package presets

import (
	"encoding/binary"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// recording is a source, and whether players show it on its side.
type recording struct {
	file
	turned bool
}

// rate is the frame rate, exact for the sources here.
func (r recording) rate() float64 { return number(r.kind("video")[0].Rate) }

// seconds is how long a stream of a type lasts.
func (r recording) seconds(kind string) float64 {
	s := r.kind(kind)[0]
	if kind == "video" {
		return float64(len(s.frames)) / r.rate()
	}
	return s.duration()
}

// duration is the sum of the packets' own durations.
func (s stream) duration() (total float64) {
	for _, p := range s.packets {
		total += p.duration
	}
	return total
}

// result is an output beside everything that decides what it should be.
type result struct {
	preset  *api.Preset
	anyRate bool // as of want
	from    recording
	output  api.JobOutput
	file    file
}

func (r result) check(t *testing.T) {
	t.Helper()
	r.checkContainer(t)
	if r.preset.Video != nil {
		r.checkVideo(t)
	} else if len(r.file.kind("video")) > 0 {
		t.Error("video, which the preset does not have")
	}
	if r.hasSound() {
		r.checkAudio(t)
	} else if len(r.file.kind("audio"))+len(r.file.tracks("Audio")) > 0 {
		t.Error("sound, which the preset does not have")
	}
	r.checkJob(t)
}

func (r result) hasSound() bool {
	return r.preset.Audio != nil && reelastictest.Text(r.preset.Audio.Channels) != "0" && len(r.from.kind("audio")) > 0
}

// containers are the names that the readers have for the API's containers. An
// Ogg file is the same under both of the API's names for it; mp2 is to ffprobe a
// stream like mp3.
var containers = map[string]struct{ ffprobe, mediainfo string }{
	"mp4": {"mov,mp4,m4a,3gp,3g2,mj2", "MPEG-4"}, "fmp4": {"mov,mp4,m4a,3gp,3g2,mj2", "MPEG-4"},
	"ts": {"mpegts", "MPEG-TS"}, "webm": {"matroska,webm", "WebM"}, "flv": {"flv", "Flash Video"},
	"mpg": {"mpeg", "MPEG-PS"}, "mxf": {"mxf", "MXF"}, "gif": {"gif", "GIF"}, "mp3": {"mp3", "MPEG Audio"},
	"mp2": {"mp3", "MPEG Audio"}, "ogg": {"ogg", "Ogg"}, "oga": {"ogg", "Ogg"}, "flac": {"flac", "FLAC"},
	"wav": {"wav", "Wave"},
}

func (r result) checkContainer(t *testing.T) {
	t.Helper()
	want, ok := containers[*r.preset.Container]
	if !ok {
		t.Fatalf("container %s is not known here", *r.preset.Container)
	}
	same(t, "container (ffprobe)", r.file.probe.Format.Name, want.ffprobe)
	same(t, "container (mediainfo)", r.file.tracks("General")[0].text("Format"), want.mediainfo)
	switch *r.preset.Container {
	case "mp4":
		boxes := topBoxes(t, r.file.path)
		if slices.Contains(boxes, "moof") || slices.Index(boxes, "moov") > slices.Index(boxes, "mdat") {
			t.Errorf("boxes %v: a file to play while it loads has moov before mdat, and no moof", boxes)
		}
	case "fmp4":
		if boxes := topBoxes(t, r.file.path); !slices.Contains(boxes, "moof") {
			t.Errorf("boxes %v: no fragments", boxes)
		}
	case "mpg":
		if head := head(t, r.file.path, 5); head[4]>>6 != 1 { // ISO 13818-1, section 2.5.3.3
			t.Errorf("pack header % x is not of MPEG-2", head)
		}
	}
}

// topBoxes are the types of the boxes that an ISO base media file is made of.
func topBoxes(t *testing.T, path string) (found []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for len(data) >= 8 {
		size := uint64(binary.BigEndian.Uint32(data))
		if size == 1 && len(data) >= 16 {
			size = binary.BigEndian.Uint64(data[8:])
		}
		found = append(found, string(data[4:8]))
		if size < 8 || size > uint64(len(data)) {
			t.Fatalf("%s: box %s has %d bytes of %d", path, data[4:8], size, len(data))
		}
		data = data[size:]
	}
	return found
}

func head(t *testing.T, path string, n int) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || len(data) < n {
		t.Fatalf("%s: %d bytes, %v", path, len(data), err)
	}
	return data[:n]
}

// checkJob holds the answer of ReadJob against the file.
func (r result) checkJob(t *testing.T) {
	t.Helper()
	info, err := os.Stat(r.file.path)
	if err != nil {
		t.Fatal(err)
	}
	if r.output.FileSize == nil || *r.output.FileSize != info.Size() {
		t.Errorf("FileSize differs from the file's %d bytes", info.Size())
	}
	seconds := 0.0
	if videos := r.file.kind("video"); len(videos) > 0 {
		v := videos[0]
		if r.output.Width == nil || r.output.Height == nil || int(*r.output.Width) != v.Width ||
			int(*r.output.Height) != v.Height {
			t.Errorf("the job's Width and Height are not %dx%d", v.Width, v.Height)
		}
		near(t, "the job's FrameRate", number(reelastictest.Text(r.output.FrameRate)), r.wantRate(), 0.01)
		seconds = float64(len(v.frames)) / r.wantRate()
	} else if audios := r.file.kind("audio"); len(audios) > 0 {
		seconds = audios[0].duration()
	}
	if r.output.DurationMillis == nil {
		t.Error("no DurationMillis")
		return
	}
	near(t, "the job's DurationMillis", float64(*r.output.DurationMillis), 1000*seconds, 100)
	near(t, "the job's Duration", float64(*r.output.Duration), math.Ceil(float64(*r.output.DurationMillis)/1000), 0)
}

// checkThumbnails expects one at the start and one for each whole interval.
func (r result) checkThumbnails(t *testing.T, paths []string) {
	t.Helper()
	seconds := r.from.seconds("video")
	interval := number(reelastictest.Text(r.preset.Thumbnails.Interval))
	if interval == 0 {
		interval = 60
	}
	if want := 1 + int((seconds-0.1)/interval); len(paths) != want {
		t.Fatalf("%d thumbnails, want %d", len(paths), want)
	}
	video := r.file.kind("video")[0]
	width, height := displaySize(video.Width, video.Height, video.SAR)
	p := r.preset.Thumbnails
	wantWidth, wantHeight := sizing{resolution: reelastictest.Text(p.Resolution),
		aspect: reelastictest.Text(p.AspectRatio), width: reelastictest.Text(p.MaxWidth),
		height: reelastictest.Text(p.MaxHeight), policy: reelastictest.Text(p.SizingPolicy),
		padding: reelastictest.Text(p.PaddingPolicy)}.of(width, height)
	codec := map[string]string{"jpg": "mjpeg", "png": "png", "": "png"}[reelastictest.Text(p.Format)]
	for _, path := range paths {
		picture := read(t, path).kind("video")[0]
		same(t, "a thumbnail's format", picture.Codec, codec)
		same(t, "a thumbnail's width", picture.Width, wantWidth)
		same(t, "a thumbnail's height", picture.Height, wantHeight)
		if !strings.HasSuffix(path, reelastictest.Text(p.Format)) {
			t.Errorf("%s does not end in %s", path, reelastictest.Text(p.Format))
		}
	}
}

// same reports what differs.
func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// near reports what is farther away than allowed.
func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within+1e-9 {
		t.Errorf("%s: %g, want %g, ± %g", what, got, want, within)
	}
}

// atMost reports what is larger than allowed.
func atMost(t *testing.T, what string, got, limit float64) {
	t.Helper()
	if got > limit {
		t.Errorf("%s: %.1f, want at most %.1f", what, got, limit)
	}
}
