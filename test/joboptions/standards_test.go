package joboptions

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// containerOf changes a preset to a container and codecs, with what these need.
func containerOf(container, video, audio string) func(*api.CreatePresetRequest) {
	return func(p *api.CreatePresetRequest) {
		p.Container = &container
		if video == "" {
			p.Video, p.Thumbnails = nil, nil
		} else if video != *p.Video.Codec {
			p.Video.Codec, p.Video.CodecOptions = &video, map[string]string{}
		}
		if audio != *p.Audio.Codec {
			p.Audio.Codec, p.Audio.CodecOptions = &audio, nil
		}
		if audio == "flac" {
			p.Audio.BitRate = nil
		}
		if container == "fmp4" {
			p.Video.FixedGOP = new("true")
		}
	}
}

// TestStandards makes files of each container in which ffmpeg leaves something out, and
// finds it in them.
func TestStandards(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "320x240", "30", 3)...)
	b.PutText("in", "en.srt", cue(1, 0, 2, "a word"))
	input := api.JobInput{Key: new("film.mp4"), InputCaptions: &api.InputCaptions{MergePolicy: new("MergeOverride"),
		CaptionSources: []api.CaptionSource{captionsIn("en", "en.srt")}}}
	output := func(key string, change func(*api.CreatePresetRequest)) api.CreateJobOutput {
		id := b.preset(t, change)
		return api.CreateJobOutput{Key: &key, PresetId: &id}
	}
	captioned := func(key, container, format string) api.CreateJobOutput {
		o := output(key, func(p *api.CreatePresetRequest) {
			containerOf(container, "H.264", "AAC")(p)
			p.Video.FrameRate = new("30")
		})
		o.Captions = captionsOut(format)
		return o
	}
	segments := captioned("segments", "ts", "cea-708")
	segments.SegmentDuration = new("1")
	job := b.do(t, []api.JobInput{input},
		output("film.webm", containerOf("webm", "vp8", "vorbis")),
		output("film.fmp4", containerOf("fmp4", "H.264", "AAC")),
		output("film.mpg", containerOf("mpg", "mpeg2", "mp2")), output("sound.oga", containerOf("oga", "", "flac")),
		captioned("text.mp4", "mp4", "mov-text"), captioned("cea.mp4", "mp4", "cea-708"),
		captioned("cea.ts", "ts", "cea-708"), segments)
	for _, o := range job.Outputs {
		reelastictest.WantComplete(t, o, "")
	}
	read := func(key string) []byte {
		content, err := os.ReadFile(b.Output(key))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	if head := read("film.webm")[:64]; !bytes.Contains(head, []byte("webm\x42\x87\x81\x04")) {
		t.Errorf("the file of WebM begins with %x", head)
	}
	header := read("film.fmp4")
	film := bytes.Index(header, []byte("mvhd\x00\x00\x00\x00"))
	fragments := bytes.Index(header, []byte("mehd\x01\x00\x00\x00"))
	if film < 0 || fragments < 0 {
		t.Fatalf("the header of fragments does not say how long they last: %x", header[:200])
	}
	units := float64(binary.BigEndian.Uint64(header[fragments+8:]))
	if seconds := units / float64(binary.BigEndian.Uint32(header[film+16:])); seconds < 3 || seconds > 3.1 {
		t.Errorf("the header of fragments says that they last %g s, want 3", seconds)
	}
	if program := read("film.mpg"); !bytes.HasSuffix(program, []byte{0, 0, 1, 0xb9}) {
		t.Errorf("the program stream ends with %x", program[len(program)-8:])
	}
	checkPages(t, read("sound.oga"))
	text := reelastictest.Command(t, "ffprobe", "-v", "error", "-select_streams", "s",
		"-show_entries", "stream=width,height", "-of", "csv=p=0", b.Output("text.mp4"))
	if strings.TrimSpace(text) != "320,240" {
		t.Errorf("the track of text has the size %s", text)
	}
	for _, key := range []string{"cea.mp4", "cea.ts", "segments00000.ts", "segments00002.ts"} {
		stream := []byte(reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", b.Output(key),
			"-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "h264", "-"))
		all, whole := bytes.Count(stream, []byte("\xb5\x00\x31GA94\x03")), 0
		for rest := stream; ; whole++ {
			i := bytes.Index(rest, []byte("\xb5\x00\x31GA94\x03"))
			if i < 0 || rest[i+8]&0xe0 != 0xc0 || rest[i+9] != 0xff {
				break
			}
			rest = rest[i+10:]
		}
		if all < 30 || whole != all {
			t.Errorf("%s: %d of %d pictures have whole cc_data", key, whole, all)
		}
	}
}

// checkPages reads the pages of an Ogg file: the last one says that it is the last, and
// no packet is empty.
func checkPages(t *testing.T, file []byte) {
	t.Helper()
	last, open, packets := byte(0), 0, 0
	for at := 0; at < len(file); {
		if string(file[at:at+4]) != "OggS" {
			t.Fatalf("no page at %d", at)
		}
		last = file[at+5]
		lengths := file[at+27:][:file[at+26]]
		size := 0
		for _, n := range lengths {
			size, open = size+int(n), open+int(n)
			if n == 255 {
				continue
			}
			if open == 0 {
				t.Error("an empty packet")
			}
			open, packets = 0, packets+1
		}
		at += 27 + len(lengths) + size
	}
	if last&4 == 0 || packets < 20 {
		t.Errorf("%d packets, the last page has the flags %x", packets, last)
	}
}
