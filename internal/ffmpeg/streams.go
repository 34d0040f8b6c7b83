package ffmpeg

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// answer is the part of ffprobe's JSON that is read.
type answer struct {
	Streams []stream `json:"streams"`
	// Programs are the variants of a master playlist, or the programmes of a transport
	// stream, in their order.
	Programs []program `json:"programs"`
	Format   struct {
		Name     string `json:"format_name"`
		Score    number `json:"probe_score"`
		Start    number `json:"start_time"`
		Duration number `json:"duration"`
		BitRate  number `json:"bit_rate"`
	} `json:"format"`
}

type program struct {
	ID      number `json:"program_id"`
	Streams []struct {
		Index number `json:"index"`
	} `json:"streams"`
}

type stream struct {
	Index       number            `json:"index"`
	ID          string            `json:"id"`
	Type        string            `json:"codec_type"`
	Codec       string            `json:"codec_name"`
	Tag         string            `json:"codec_tag_string"`
	Profile     string            `json:"profile"`
	PixFmt      string            `json:"pix_fmt"`
	Level       number            `json:"level"`
	Width       number            `json:"width"`
	Height      number            `json:"height"`
	SAR         string            `json:"sample_aspect_ratio"`
	RealRate    string            `json:"r_frame_rate"`
	AverageRate string            `json:"avg_frame_rate"`
	FieldOrder  string            `json:"field_order"`
	Space       string            `json:"color_space"`
	Primaries   string            `json:"color_primaries"`
	Transfer    string            `json:"color_transfer"`
	Range       string            `json:"color_range"`
	SampleRate  number            `json:"sample_rate"`
	Channels    number            `json:"channels"`
	Layout      string            `json:"channel_layout"`
	Start       number            `json:"start_time"`
	Duration    number            `json:"duration"`
	BitRate     number            `json:"bit_rate"`
	Frames      number            `json:"nb_frames"`
	Disposition map[string]number `json:"disposition"`
	SideData    []sideData        `json:"side_data_list"`
	Tags        struct {
		Language string `json:"language"`
		Alpha    number `json:"alpha_mode"`
	} `json:"tags"`
}

type sideData struct {
	Type     string `json:"side_data_type"`
	Matrix   string `json:"displaymatrix"`
	Rotation number `json:"rotation"`
	// Those of a "DOVI configuration record".
	Profile    number `json:"dv_profile"`
	Compatible number `json:"dv_bl_signal_compatibility_id"`
}

// number is a number that ffprobe writes sometimes bare and sometimes as text,
// "N/A" included.
type number string

// UnmarshalJSON takes any value; what is not a number reads as 0 later on.
func (n *number) UnmarshalJSON(b []byte) error {
	var s string
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	} else {
		s = string(b)
	}
	*n = number(s)
	return nil
}

// int is the whole part, 0 for what is not a number or absurdly large.
func (n number) int() int64 {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
	}
	f := n.float()
	if math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}

func (n number) float() float64 {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	return f
}

// seconds is a time in seconds to the nearest microsecond; ok is false for
// what is not a number or beyond a century.
func (n number) seconds() (d time.Duration, ok bool) {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 100*365*24*3600 {
		return 0, false
	}
	return time.Duration(math.Round(f*1e6)) * time.Microsecond, true
}

func (n number) duration() time.Duration {
	d, _ := n.seconds()
	return max(d, 0)
}

func (n number) start() time.Duration {
	d, _ := n.seconds()
	return d
}

// bitRate turns bits per second into kilobits per second.
func (n number) bitRate() media.BitRate {
	const most = math.MaxInt32
	return media.BitRate(min(max(n.int(), 0)/1000+(max(n.int(), 0)%1000+500)/1000, most))
}

// parseAnswer reads ffprobe's JSON.
func parseAnswer(b []byte) (a answer, err error) {
	if err := json.Unmarshal(b, &a); err != nil {
		return answer{}, fmt.Errorf("read ffprobe's answer: %w", err)
	}
	return a, nil
}

// mostChannels is how many channels of sound ffmpeg can convert.
const mostChannels = 64

// probe reduces the answer to the streams that can be used, in the terms that
// [media.Probe] documents. Known tells the codecs that can be decoded; nil is all.
func (a answer) probe(known func(codec string) bool) media.Probe {
	p := media.Probe{
		Streams: len(a.Streams), Score: int(a.Format.Score.int()), Start: a.Format.Start.start(),
		Duration: a.Format.Duration.duration(), BitRate: a.Format.BitRate.bitRate(),
	}
	p.Demuxer, _, _ = strings.Cut(a.Format.Name, ",")
	p.StillImage = strings.HasSuffix(p.Demuxer, "_pipe") || p.Demuxer == "image2"
	for _, s := range a.Streams {
		usable := s.Codec != "" && s.Codec != "none" && s.Codec != "unknown" && (known == nil || known(s.Codec))
		switch {
		case s.Type == "video" && s.artwork():
			artwork := media.Artwork{Index: int(s.Index.int()), Size: s.size()}
			if usable {
				artwork.Codec = s.Codec
			}
			p.Artwork = append(p.Artwork, artwork)
		case s.Type == "video" && usable && s.size() != media.Size{}:
			p.Video = append(p.Video, s.video())
		case s.Type == "video":
			p.UnknownVideo++
		case s.Type == "audio" && usable && 0 < s.Channels.int() && s.Channels.int() <= mostChannels &&
			s.SampleRate.int() > 0:
			p.Audio = append(p.Audio, s.audio())
		case s.Type == "subtitle" && s.Codec == "mov_text":
			p.Captions = append(p.Captions, media.CaptionStream{Index: int(s.Index.int()), Language: s.Tags.Language})
		}
	}
	return p
}

// artwork reports whether a stream is album art or the like, which ffprobe lists as video.
func (s stream) artwork() bool {
	return s.Disposition["attached_pic"].int() != 0 || s.Disposition["timed_thumbnails"].int() != 0
}

// size is zero unless both sides are known.
func (s stream) size() media.Size {
	w, h := s.Width.int(), s.Height.int()
	if w <= 0 || h <= 0 || w > math.MaxInt32 || h > math.MaxInt32 {
		return media.Size{}
	}
	return media.Size{Width: int(w), Height: int(h)}
}

func (s stream) video() media.VideoStream {
	v := media.VideoStream{
		Index: int(s.Index.int()), Codec: s.Codec, Profile: s.Profile, PixFmt: s.PixFmt, Level: int(s.Level.int()),
		Coded: s.size(), SAR: sar(s.SAR), FrameRate: frameRate(s.AverageRate, s.RealRate),
		Frames: max(s.Frames.int(), 0), Duration: s.Duration.duration(), Start: s.Start.start(),
		Space: tag(s.Space), Primaries: tag(s.Primaries), Transfer: tag(s.Transfer), Range: tag(s.Range),
		Alpha: s.Tags.Alpha.int() == 1, BitRate: s.BitRate.bitRate(), Default: s.Disposition["default"].int() != 0,
	}
	if base, ok := believed(s.RealRate); ok {
		v.Constant = math.Abs(v.FrameRate.Float()/base.Float()-1) < evenly
	}
	switch s.FieldOrder {
	case "progressive", "tt", "bb", "tb", "bt":
		v.FieldOrder = s.FieldOrder
	}
	for _, d := range s.SideData {
		switch d.Type {
		case "Display Matrix":
			v.Rotation, v.Mirrored = rotation(d.Rotation), mirrored(d.Matrix)
		case "DOVI configuration record":
			v.DolbyVision, v.Compatible = int(d.Profile.int()), int(d.Compatible.int())
		}
	}
	return v
}

func (s stream) audio() media.AudioStream {
	return media.AudioStream{
		Index: int(s.Index.int()), Codec: s.Codec, Profile: s.Profile,
		SampleRate: int(min(s.SampleRate.int(), math.MaxInt32)), Channels: int(min(s.Channels.int(), math.MaxInt32)),
		Layout: tag(s.Layout), Duration: s.Duration.duration(), Start: s.Start.start(),
		BitRate: s.BitRate.bitRate(), Default: s.Disposition["default"].int() != 0,
	}
}

// tag is a value that ffprobe may give as "unknown" or "N/A".
func tag(s string) string {
	switch s {
	case "unknown", "unspecified", "reserved", "N/A":
		return ""
	}
	return s
}

// sar is 1/1 when the file gives none, zero or nonsense.
func sar(s string) media.Rational {
	if r, err := media.ParseRational(s); err == nil && r.Num > 0 && r.Den > 0 {
		return r
	}
	return media.Rational{Num: 1, Den: 1}
}

// maxFrameRate is the highest rate that is believed.
const maxFrameRate = 240

// frameRate prefers the average rate, since files of variable rate claim a
// "real" one of 90000; it falls back to the real one and then to 25.
func frameRate(average, real string) media.Rational {
	for _, s := range []string{average, real} {
		if r, ok := believed(s); ok {
			return r
		}
	}
	return media.Rational{Num: 25, Den: 1}
}

// evenly is the most by which an average rate is off the real one, of a stream whose
// pictures are evenly spaced: what the roundings of times make.
const evenly = 0.001

// believed is a rate of ffprobe's, if it can be one.
func believed(rate string) (media.Rational, bool) {
	r, err := media.ParseRational(rate)
	return r, err == nil && r.Num > 0 && r.Den > 0 && r.Float() <= maxFrameRate
}

// rotation is the clockwise turn for display, to the nearest quarter. Ffprobe
// gives the counterclockwise one, from -180 to 180.
func rotation(n number) int {
	quarters := int(math.Round(math.Mod(-n.float(), 360) / 90))
	return (quarters%4 + 4) % 4 * 90
}

// mirrored reports whether a display matrix reflects: its upper left determinant is
// negative. The text has a line for each row, "00000000: a b u".
func mirrored(matrix string) bool {
	var m [][]float64
	for line := range strings.Lines(matrix) {
		_, row, ok := strings.Cut(line, ":")
		words := strings.Fields(row)
		if !ok || len(words) != 3 {
			continue
		}
		m = append(m, []float64{number(words[0]).float(), number(words[1]).float()})
	}
	return len(m) == 3 && m[0][0]*m[1][1]-m[0][1]*m[1][0] < 0
}
