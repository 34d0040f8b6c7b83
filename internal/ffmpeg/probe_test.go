package ffmpeg

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// clip is what manifest.json of the shared clips says about one of them.
type clip struct {
	File   string
	Answer *struct {
		Exit     int
		Format   string
		Duration number
		Start    number `json:"start_time"`
		Streams  []struct {
			Type, Codec   string
			Width, Height int
			SampleRate    number `json:"sample_rate"`
			Channels      int
			Picture       bool `json:"attached_pic"`
		}
	} `json:"ffprobe_5_1"`
}

func clips(t *testing.T) []clip {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "media", "manifest.json"))
	if err != nil {
		t.Skip("no sample clips beside the repository")
	}
	var m struct{ Files []clip }
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m.Files
}

// outline is what the manifest can tell of a probe.
type outline struct {
	Demuxer         string
	Start, Duration time.Duration
	Video           []string
	Audio           []string
	Pictures        int
}

func (c clip) outline() outline {
	a := c.Answer
	o := outline{Start: a.Start.start(), Duration: a.Duration.duration()}
	o.Demuxer, _, _ = strings.Cut(a.Format, ",")
	for _, s := range a.Streams {
		switch {
		case s.Picture:
			o.Pictures++
		case s.Type == "video" && s.Width > 0 && s.Codec != "":
			o.Video = append(o.Video, s.Codec+" "+media.Size{Width: s.Width, Height: s.Height}.String())
		case s.Type == "audio":
			o.Audio = append(o.Audio, audioLine(s.Codec, int(s.SampleRate.int()), s.Channels))
		}
	}
	return o
}

func outlineOf(p media.Probe) outline {
	o := outline{Demuxer: p.Demuxer, Start: p.Start, Duration: p.Duration, Pictures: len(p.Artwork)}
	for _, v := range p.Video {
		o.Video = append(o.Video, v.Codec+" "+v.Coded.String())
	}
	for _, a := range p.Audio {
		o.Audio = append(o.Audio, audioLine(a.Codec, a.SampleRate, a.Channels))
	}
	return o
}

// likely takes the manifest's times, which are what headers claim to ffprobe 5.1, for those
// that were measured or are another version's, and are about the same or those of the
// longest stream. Newer versions count the silence that a codec begins with.
func (o *outline) likely(p media.Probe, want outline) {
	const about = 60 * time.Millisecond
	longest := time.Duration(0)
	for _, v := range p.Video {
		longest = max(longest, v.Duration)
	}
	for _, a := range p.Audio {
		longest = max(longest, a.Duration)
	}
	if (o.Start - want.Start).Abs() < about {
		o.Start = want.Start
	}
	fromZero := o.Duration + o.Start // some versions count from there
	if (o.Duration-want.Duration).Abs() < about || (fromZero-want.Duration).Abs() < about ||
		longest > 0 && (o.Duration-longest).Abs() < about {
		o.Duration = want.Duration
	}
}

func audioLine(codec string, rate, channels int) string {
	b, _ := json.Marshal([]any{codec, rate, channels}) // plain values always encode
	return string(b)
}

func TestProbeEveryClip(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	for _, c := range clips(t) {
		folder := filepath.Dir(c.File)
		if c.Answer == nil || folder == "bad" || folder == "images" {
			continue
		}
		t.Run(c.File, func(t *testing.T) {
			t.Parallel()
			dir := sample(t, c.File)
			p, err := r.Probe(t.Context(), dir, "in0", media.Hint{})
			if err != nil {
				t.Fatal(err)
			}
			got := outlineOf(p)
			got.likely(p, c.outline())
			if diff := cmp.Diff(c.outline(), got); diff != "" {
				t.Errorf("probe (-manifest +got):\n%s", diff)
			}
			info, err := os.Stat(filepath.Join(dir, "in0"))
			if err != nil || p.SizeBytes != info.Size() {
				t.Errorf("size %d, want %v, %v", p.SizeBytes, info.Size(), err)
			}
		})
	}
}

// TestProbeTraps pins what the manifest does not say: the fields that real
// files get wrong.
func TestProbeTraps(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	type facts struct {
		Rotation   int
		SAR, Rate  string
		FieldOrder string
		Unknown    int
	}
	for file, want := range map[string]facts{
		"video/flower-540p-h264-aac.mp4":             {0, "1", "30000/1001", "progressive", 0},
		"video/portrait-rot90-iphone.mov":            {90, "1", "37200/1241", "progressive", 0},
		"video/portrait-4k60-rot90.mp4":              {90, "1", "810000/13487", "progressive", 0},
		"video/kitchen-rot180-vfr.mp4":               {180, "1", "750000/71393", "progressive", 0},
		"video/phone-vfr-oddsize.mp4":                {0, "1", "6300/263", "progressive", 0},
		"video/sample-h264-aac.flv":                  {0, "1", "29000/967", "progressive", 0},
		"video/segment-h264-aac.ts":                  {0, "237/235", "15", "progressive", 0},
		"video/interlaced-480i-tff-mpeg2-ac3.mkv":    {0, "32/27", "30000/1001", "tt", 0},
		"video/xdcam-ex-1080i60.mov":                 {0, "1", "25", "tb", 0},
		"video/weird-sar-mpeg1.mpg":                  {0, "64/45", "25", "", 0},
		"video/sample-mjpeg-pcmu8.mov":               {0, "1", "10", "", 0},
		"video/long-6min-1080p-lowbitrate.mp4":       {0, "1", "30", "progressive", 0},
		"video/robot-wmv2-wmav2.wmv":                 {0, "1", "30", "", 0},
		"video/anamorphic-sar-3-2.mp4":               {0, "3/2", "8797/1000", "progressive", 0},
		"video/nasa-two-video-two-audio-movtext.mp4": {0, "1", "25", "progressive", 0},
		"bad/zero-frames.ts":                         {Unknown: 1},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			p, err := r.Probe(t.Context(), sample(t, file), "in0", media.Hint{Container: "auto"})
			if err != nil {
				t.Fatal(err)
			}
			got := facts{Unknown: p.UnknownVideo}
			if v, ok := p.MainVideo(); ok {
				got = facts{v.Rotation, v.SAR.String(), v.FrameRate.String(), v.FieldOrder, p.UnknownVideo}
			}
			if want.FieldOrder == "" && got.FieldOrder == "progressive" {
				got.FieldOrder = "" // which newer versions also say of codecs that have no fields
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

// failureCode is the code of the failure that a probe must end with.
func failureCode(t *testing.T, err error) int {
	t.Helper()
	f := transcode.AsFailure(err)
	if f == nil {
		t.Fatalf("error %v, want a Failure", err)
	}
	if strings.Contains(f.Error(), "/") || strings.Contains(f.Error(), "@ 0x") {
		t.Errorf("the failure names a place: %v", f)
	}
	return f.Code
}

func TestProbeRefusesBadFiles(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	for file, want := range map[string]int{
		"bad/broken-no-moov.mp4":  transcode.CodeBadInput,
		"bad/not-media.mp4":       transcode.CodeBadInput,
		"bad/zero-bytes.mp4":      transcode.CodeBadInput,
		"bad/truncated.png":       transcode.CodeBadInput,
		"bad/unsupported-vvc.mp4": transcode.CodeUnsupportedCodec,
		"images/london.jpg":       transcode.CodeBadInput,
		"images/small-logo.png":   transcode.CodeBadInput,
		"captions/subrip.srt":     transcode.CodeBadInput,
		"captions/sheephead.vtt":  transcode.CodeBadInput,
		"captions/pop-on.scc":     transcode.CodeBadInput,
		"captions/sample.ttml":    transcode.CodeBadInput,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			_, err := r.Probe(t.Context(), sample(t, file), "in0", media.Hint{})
			if caps, _ := r.Caps(t.Context()); caps.Decoders["vvc"] && want == transcode.CodeUnsupportedCodec {
				if err != nil { // from 7.1 on
					t.Errorf("error %v, but VVC can be decoded", err)
				}
				return
			}
			if got := failureCode(t, err); got != want {
				t.Errorf("error %v, want code %d", err, want)
			}
		})
	}
}

func TestProbePictures(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	for file, want := range map[string]string{
		"images/alpha-rgba.png": "1280x720", "images/small-logo.png": "304x84", "images/london.jpg": "1020x768",
		"bad/truncated.png": "", "bad/not-media.mp4": "", "video/animated.gif": "",
		"video/flower-540p-h264-aac.mp4": "",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			p, err := r.Probe(t.Context(), sample(t, file), "in0", media.Hint{Container: StillImage})
			if want == "" {
				if got := failureCode(t, err); got != transcode.CodeBadInput {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !p.StillImage || len(p.Video) != 1 || p.Video[0].Coded.String() != want {
				t.Errorf("probe %+v, want a picture of %s", p, want)
			}
		})
	}
}

func TestProbeForcesTheHint(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	for hint, file := range map[string]string{
		"auto": "video/flower-540p-h264-aac.mp4", "3gp": "video/sample-mpeg4-amr.3gp",
		"asf": "video/robot-wmv2-wmav2.wmv",
		"avi": "video/sample-mpeg4-mp3.avi", "divx": "video/sample-mpeg4-mp3.avi", "flv": "video/sample-flv1-mp3.flv",
		"mkv": "video/av1-video-only.mkv", "mov": "video/sample-prores422.mov", "mp4": "video/odd-321x241-444.mp4",
		"mpeg": "video/weird-sar-mpeg1.mpg", "mpeg-ps": "video/weird-sar-mpeg1.mpg", "vob": "video/weird-sar-mpeg1.mpg",
		"mpeg-ts": "video/segment-h264-aac.ts", "ts": "video/tall-16x4000.ts", "mxf": "video/lego-mpeg2-720x576.mxf",
		"ogg": "audio/bear.ogg", "wav": "audio/float-51-extensible.wav", "webm": "video/no-duration.webm",
		"mp3": "audio/viper-41s.mp3", "m4a": "audio/sample.m4a",
	} {
		t.Run(hint, func(t *testing.T) {
			t.Parallel()
			p, err := r.Probe(t.Context(), sample(t, file), "in0", media.Hint{Container: hint})
			if err != nil || len(p.Video)+len(p.Audio) == 0 {
				t.Errorf("probe %+v, %v", p, err)
			}
		})
	}
	t.Run("wrong", func(t *testing.T) {
		t.Parallel()
		_, err := r.Probe(t.Context(), sample(t, "video/flower-540p-h264-aac.mp4"), "in0", media.Hint{Container: "mkv"})
		if got := failureCode(t, err); got != transcode.CodeBadInput {
			t.Errorf("error %v", err)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		_, err := r.Probe(t.Context(), sample(t, "video/flower-540p-h264-aac.mp4"), "in0", media.Hint{Container: "lrc"})
		if err == nil || transcode.AsFailure(err) != nil {
			t.Errorf("error %v, want one of ours", err)
		}
	})
}

func TestProbeRefusesLargePictures(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	// In mp4 ffprobe fails; in mkv it succeeds and gives no size.
	for name, codec := range map[string]string{"o1.mp4": "libx264", "o1.mkv": "mjpeg"} {
		step := plan.Step{Name: "large", Args: []string{"-f", "lavfi", "-i",
			"color=s=8200x4400:r=25:d=0.04,format=yuvj420p",
			"-c:v", codec, "-threads", "1", "-g", "1", name}}
		if err := r.Run(t.Context(), dir, step, nil); err != nil {
			t.Fatal(err)
		}
		_, err := r.Probe(t.Context(), dir, name, media.Hint{})
		if got := failureCode(t, err); got != transcode.CodeLargeFrame {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestProbeReachesNothing: inputs that name other files or addresses are
// refused and logged, and what they name is not touched.
func TestProbeReachesNothing(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffprobe")
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(server.Close)
	var log lines
	confined := tested(Config{Log: log.logger()})
	free := New(Config{Sandbox: Off, Log: log.logger()}) // the whitelists must do without the sandbox
	for name, text := range map[string]string{
		"HLS":         "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + server.URL + "/a.ts\n#EXT-X-ENDLIST\n",
		"HLS, local":  "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/passwd\n",
		"concat":      "ffconcat version 1.0\nfile /etc/passwd\n",
		"concat, net": "ffconcat version 1.0\nfile " + server.URL + "/a.mp4\n",
		"session": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP " +
			"96\na=rtpmap:96 H264/90000\n",
		"lyrics": "[00:01.00]hello\n[00:02.00]world\n",
		"DASH":   "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>" + server.URL + "/</BaseURL></MPD>\n",
	} {
		for _, r := range []*Runner{confined, free} {
			before := strings.Count(log.String(), "attack attempt")
			_, err := r.Probe(t.Context(), folderWith(t, text), "in0", media.Hint{})
			if got := failureCode(t, err); got != transcode.CodeBadInput {
				t.Errorf("%s: error %v", name, err)
			}
			if strings.Count(log.String(), "attack attempt") != before+1 {
				t.Errorf("%s: not logged: %v", name, err)
			}
		}
	}
	if hits.Load() != 0 {
		t.Error("the server was reached")
	}
}

func TestProbeStaysInItsFolder(t *testing.T) {
	t.Parallel()
	r := tested(Config{}) // refuses before it runs anything
	for _, name := range []string{"../in0", "/etc/passwd", "a/b", ".", "..", ""} {
		if _, err := r.Probe(t.Context(), t.TempDir(), name, media.Hint{}); err == nil ||
			transcode.AsFailure(err) != nil {
			t.Errorf("%q: error %v, want one of ours", name, err)
		}
	}
	if _, err := r.Probe(t.Context(), t.TempDir(), "in0", media.Hint{}); err == nil || transcode.AsFailure(err) != nil {
		t.Errorf("missing file: error %v, want one of ours", err)
	}
}

// TestProbeBlamesTheRightOne: what ffprobe does to itself is the input's fault,
// what is done to it is ours.
func TestProbeBlamesTheRightOne(t *testing.T) {
	t.Parallel()
	r := confined(t, fakeRunner(t, Config{})) // it reports signals as exit codes
	r.tools.ffprobe = r.tools.ffmpeg
	r.caps.Decoders = map[string]bool{}
	for name, bad := range map[string]bool{
		"endless": true, "1": true,
		"139": true,  // SIGSEGV
		"152": true,  // SIGXCPU
		"137": false, // SIGKILL
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := r.Probe(t.Context(), dir, name, media.Hint{})
		if f := transcode.AsFailure(err); err == nil || (f != nil) != bad {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if os.Getuid() != 0 {
		real := realRunner(t)
		dir := folderWith(t, "x")
		if err := os.Chmod(filepath.Join(dir, "in0"), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := real.Probe(t.Context(), dir, "in0", media.Hint{}); err == nil || transcode.AsFailure(err) != nil {
			t.Errorf("unreadable: error %v, want one of ours", err)
		}
	}
}

func TestParseProbe(t *testing.T) {
	t.Parallel()
	a, err := parseAnswer([]byte(`{"streams": [
		{"index": 0, "codec_type": "data"},
		{"index": 1},
		{"index": 2, "codec_type": "video", "codec_name": "h264", "width": 320, "height": 240, "sample_aspect_ratio": "0:1",
		 "avg_frame_rate": "0/0", "r_frame_rate": "90000/1", "field_order": "unknown", "color_space": "unknown", "bit_rate": "1499500",
		 "side_data_list": [{"side_data_type": "Display Matrix", "rotation": -89.6,
		  "displaymatrix": "\n00000000:            0       65536           0\n00000001:        65536           0           0\n00000002:            0           0  1073741824\n"}]},
		{"index": 3, "codec_type": "video", "codec_name": "h264", "width": 0, "height": 0},
		{"index": 4, "codec_type": "video", "codec_name": "exotic", "width": 320, "height": 240},
		{"index": 5, "codec_type": "audio", "codec_name": "aac", "sample_rate": "48000", "channels": 2, "duration": "N/A"},
		{"index": 6, "codec_type": "audio", "codec_name": "aac", "sample_rate": "0", "channels": 0},
		{"index": 7, "codec_type": "audio", "codec_name": "exotic", "sample_rate": "48000", "channels": 2}],
		"format": {"format_name": "mpegts", "probe_score": 50, "start_time": "-0.02", "duration": "1e30"}}`))
	if err != nil {
		t.Fatal(err)
	}
	p := a.probe(func(codec string) bool { return codec != "exotic" })
	want := media.Probe{
		Demuxer: "mpegts", Score: 50, Start: -20 * time.Millisecond, Streams: 8, UnknownVideo: 2,
		Video: []media.VideoStream{{Index: 2, Codec: "h264", Coded: media.Size{Width: 320, Height: 240},
			SAR:       media.NewRational(1, 1),
			FrameRate: media.NewRational(25, 1), Rotation: 90, Mirrored: true, BitRate: 1500}},
		Audio: []media.AudioStream{{Index: 5, Codec: "aac", SampleRate: 48000, Channels: 2}},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("probe (-want +got):\n%s", diff)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	for metadata, want := range map[number]int{"-90": 90, "90": 270, "180": 180, "-180": 180, "0": 0, "-0": 0,
		"-91.5": 90, "359": 0, "1e300": rotation("1e300"), "N/A": 0} {
		if got := rotation(metadata); got != want || got%90 != 0 || got < 0 || got > 270 {
			t.Errorf("rotation %s gives %d, want %d", metadata, got, want)
		}
	}
}

// FuzzProbe: whatever ffprobe prints, a stream that is kept is safe to plan with.
func FuzzProbe(f *testing.F) {
	f.Add([]byte(`{"streams":[{"index":0,"codec_type":"video","codec_name":"h264","width":1,"height":1,"avg_frame_rate":"1/0","sample_aspect_ratio":"-1:-9223372036854775808","side_data_list":[{"side_data_type":"Display Matrix","rotation":1e308}]}],"format":{"format_name":"a,b","duration":"N/A"}}`))
	f.Add([]byte(`{"streams":[{"codec_type":"audio","codec_name":"aac","channels":"2","sample_rate":99999999999999,"bit_rate":-5,"disposition":{"default":true}}],"format":{"start_time":"-1e308","bit_rate":"9223372036854775807"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAnswer(b)
		if err != nil {
			return
		}
		p := a.probe(nil)
		if p.Duration < 0 || p.BitRate < 0 {
			t.Errorf("probe %+v", p)
		}
		for _, v := range p.Video {
			if v.Coded.Width <= 0 || v.Coded.Height <= 0 || v.SAR.Float() <= 0 || v.FrameRate.Float() <= 0 ||
				v.FrameRate.Float() > maxFrameRate ||
				v.Rotation%90 != 0 || v.Rotation < 0 || v.Rotation > 270 || v.Duration < 0 || v.Frames < 0 ||
				v.BitRate < 0 {
				t.Errorf("video %+v", v)
			}
		}
		for _, a := range p.Audio {
			if a.Channels < 1 || a.SampleRate < 1 || a.Duration < 0 || a.BitRate < 0 {
				t.Errorf("audio %+v", a)
			}
		}
	})
}

// FuzzContents: the streaming reader neither panics nor invents packets.
func FuzzContents(f *testing.F) {
	f.Add(`{"packets":[{"stream_index":0,"pts_time":"0.5","duration_time":"0.04"},{"stream_index":0,"dts_time":"N/A"}],"streams":[{"index":0,"codec_type":"video","codec_name":"h264","width":2,"height":2}],"format":{}}`)
	f.Add(`{"packets":{}}`)
	f.Fuzz(func(t *testing.T, s string) {
		c := contents{spans: map[int64]*span{}, goingOn: map[int64]*span{}}
		if readAnswer(strings.NewReader(s), readAll(&c)) != nil {
			return
		}
		if p := c.input(nil); p.Duration < 0 {
			t.Errorf("probe %+v", p)
		}
		if got := c.inspection(); got.VideoFrames < 0 || got.VideoDuration < 0 || got.AudioDuration() < 0 {
			t.Errorf("inspection %+v", got)
		}
	})
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		packets []packet
		want    time.Duration
	}{
		"decode order": {[]packet{{PTS: "0", Duration: "0.04"}, {PTS: "0.08", Duration: "0.04"},
			{PTS: "0.04", Duration: "0.04"}}, 120 * time.Millisecond},
		"offset": {[]packet{{PTS: "10", Duration: "0.02"}, {PTS: "10.02", Duration: "0.02"}},
			40 * time.Millisecond},
		"no durations": {[]packet{{PTS: "1"}, {PTS: "1.04"}, {PTS: "1.08"}}, 120 * time.Millisecond},
		"only decode times": {[]packet{{PTS: "N/A", DTS: "0", Duration: "0.04"}, {DTS: "0.04", Duration: "0.04"}},
			80 * time.Millisecond},
		"no times":              {[]packet{{}, {}, {}}, 120 * time.Millisecond},
		"one, without duration": {[]packet{{PTS: "3"}}, 40 * time.Millisecond},
	} {
		var s span
		for _, p := range tc.packets {
			s.add(p, 0)
		}
		if got := s.length(40 * time.Millisecond); got != tc.want || s.packets != int64(len(tc.packets)) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
