package presets

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// file is what two readers that know nothing of each other say about a result.
type file struct {
	path  string
	probe probe
	info  []track // mediainfo's, the general one first
}

// probe is ffprobe's view: every packet, and every frame as it decodes.
type probe struct {
	Format struct {
		Name string            `json:"format_name"`
		Tags map[string]string `json:"tags"`
	}
	Streams []stream
	Events  []event `json:"packets_and_frames"`
}

type stream struct {
	Type          string `json:"codec_type"`
	Codec         string `json:"codec_name"`
	Profile       string
	Level         int
	Width, Height int
	SAR           string `json:"sample_aspect_ratio"`
	DAR           string `json:"display_aspect_ratio"`
	PixelFormat   string `json:"pix_fmt"`
	FieldOrder    string `json:"field_order"`
	Matrix        string `json:"color_space"`
	Primaries     string `json:"color_primaries"`
	Transfer      string `json:"color_transfer"`
	Rate          string `json:"avg_frame_rate"`
	SampleRate    string `json:"sample_rate"`
	Channels      int
	SampleBits    int    `json:"bits_per_sample"`
	RawBits       string `json:"bits_per_raw_sample"`
	SampleFormat  string `json:"sample_fmt"`
	Disposition   struct {
		Picture int `json:"attached_pic"`
	}

	packets []packet
	frames  []frame
}

// packet is a packet in the order of the file. Times are in seconds.
type packet struct {
	dts, duration float64
	bytes         int
}

// frame is a decoded frame in the order of display.
type frame struct {
	at                       float64 // seconds
	key, interlaced, topLead bool
	samples                  int
}

// event is a packet or a frame in ffprobe's words.
type event struct {
	Type       string
	Stream     int    `json:"stream_index"`
	PTS        string `json:"pts_time"`
	DTS        string `json:"dts_time"`
	Duration   string `json:"duration_time"`
	Size       string
	Flags      string
	Key        int `json:"key_frame"`
	Interlaced int `json:"interlaced_frame"`
	TopFirst   int `json:"top_field_first"`
	Samples    int `json:"nb_samples"`
}

// track is one of mediainfo's tracks. All of its values are text.
type track map[string]any

func (m track) text(name string) string {
	s, _ := m[name].(string)
	return s
}

func (m track) number(name string) float64 { return number(m.text(name)) }

const probed = "format=format_name:format_tags=major_brand,compatible_brands" +
	":stream=codec_type,codec_name,profile,level,width,height,sample_aspect_ratio,display_aspect_ratio,pix_fmt,field_order," +
	"color_space,color_primaries,color_transfer,avg_frame_rate,sample_rate,channels,bits_per_sample,bits_per_raw_sample,sample_fmt" +
	":stream_disposition=attached_pic" +
	":packet=stream_index,pts_time,dts_time,duration_time,size,flags" +
	":frame=stream_index,pts_time,key_frame,interlaced_frame,top_field_first,nb_samples"

// read looks at a file with both readers. What does not decode cleanly fails the test.
func read(t *testing.T, path string) file {
	t.Helper()
	f := file{path: path}
	cmd := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-threads", "1", "-show_entries", probed,
		"-of", "json", path)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	answer, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("ffprobe %s: %v\n%s", path, err, complaints.Bytes())
	}
	if err := json.Unmarshal(answer, &f.probe); err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	f.probe.sort()
	answer, err = exec.CommandContext(t.Context(), "mediainfo", "--Output=JSON", path).Output()
	if err != nil {
		t.Fatalf("mediainfo %s: %v", path, err)
	}
	var report struct{ Media struct{ Track []track } }
	if err := json.Unmarshal(answer, &report); err != nil {
		t.Fatalf("mediainfo %s: %v", path, err)
	}
	if f.info = report.Media.Track; len(f.info) == 0 {
		t.Fatalf("mediainfo finds nothing in %s", path)
	}
	return f
}

// sort gives the streams their packets and frames.
func (p *probe) sort() {
	for _, e := range p.Events {
		s := &p.Streams[e.Stream]
		size, _ := strconv.Atoi(e.Size) // absent from frames
		switch e.Type {
		case "packet":
			at := e.DTS
			if at == "" {
				at = e.PTS
			}
			s.packets = append(s.packets, packet{number(at), number(e.Duration), size})
		case "frame":
			s.frames = append(s.frames, frame{number(e.PTS), e.Key == 1, e.Interlaced == 1, e.TopFirst == 1, e.Samples})
		}
	}
	p.Events = nil
}

// kind are ffprobe's streams of a type, "video" or "audio".
func (f file) kind(kind string) (found []stream) {
	for _, s := range f.probe.Streams {
		if s.Type == kind && s.Disposition.Picture == 0 {
			found = append(found, s)
		}
	}
	return found
}

// tracks are mediainfo's tracks of a type, "General", "Video" or "Audio".
func (f file) tracks(kind string) (found []track) {
	for _, m := range f.info {
		if m.text("@type") == kind {
			found = append(found, m)
		}
	}
	return found
}

// keys are the numbers of the key frames, counted from 0 in the order of display.
func (s stream) keys() (found []int) {
	for i, f := range s.frames {
		if f.key {
			found = append(found, i)
		}
	}
	return found
}

// size is that of all packets, in bits.
func (s stream) size() (total float64) {
	for _, p := range s.packets {
		total += 8 * float64(p.bytes)
	}
	return total
}

// number is a number or a fraction, such as "30000/1001" or "16:9"; 0 for other text.
func number(text string) float64 {
	over, under, divided := strings.Cut(strings.ReplaceAll(text, ":", "/"), "/")
	n, _ := strconv.ParseFloat(strings.TrimSpace(over), 64)
	if !divided {
		return n
	}
	d, _ := strconv.ParseFloat(under, 64)
	if d == 0 {
		return 0
	}
	return n / d
}
