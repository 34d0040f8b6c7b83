package ffmpeg

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/h264"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// ownMP4 reads an output without a program: MP4, plain or in fragments, of H.264 without
// fields and of AAC-LC, which is what most jobs make. False is for what only ffmpeg can
// judge, all that looks damaged or unusual included.
func ownMP4(ctx context.Context, dir string, out plan.Output) (contents, bool) {
	if out.Artwork > 0 || out.Video != nil && out.Video.Codec != transcode.H264 ||
		out.Audio != nil && out.Audio.Profile != plan.AACLC {
		return contents{}, false
	}
	f, err := folder.New(dir).Open(ctx, out.File)
	if err != nil {
		return contents{}, false
	}
	defer f.Close()
	_, tracks, err := mp4box.ReadStreams(f, f.Size())
	if err != nil {
		return contents{}, false
	}
	c := contents{spans: map[int64]*span{}}
	c.Format.Name = "mov,mp4,m4a,3gp,3g2,mj2"
	for i, track := range tracks {
		s, ok := ownStream(f, track)
		if !ok {
			return contents{}, false
		}
		s.Index = number(strconv.Itoa(i))
		c.Streams = append(c.Streams, s)
		c.addTrack(int64(i), track)
	}
	return c, true
}

// addTrack counts the packets of a track.
func (c *contents) addTrack(index int64, track mp4box.Stream) {
	scale := float64(track.Timescale)
	own := spanOf(c.spans, index)
	for n, p := range track.Packets {
		// In ffprobe's words, rounded as it rounds, so that the same comes of them.
		q := packet{Stream: index, PTS: seconds(p.PTS, scale), DTS: seconds(p.DTS, scale),
			Duration: seconds(p.Duration, scale)}
		if p.Discard {
			q.Flags = "D"
		}
		if n == 0 && track.Skip > 0 {
			q.skip(track.Skip)
		}
		own.add(q, 0)
	}
}

// seconds are units of which there are so many in a second.
func seconds(units int64, scale float64) number {
	return number(strconv.FormatFloat(float64(units)/scale, 'f', 6, 64))
}

// ownStream describes a track as ffprobe does; false where it is of a kind that is not read
// here.
func ownStream(r io.ReaderAt, track mp4box.Stream) (s stream, ok bool) {
	if track.Turned || len(track.Entries) != 1 || track.Entries[0].Protection != nil {
		return s, false
	}
	e := track.Entries[0]
	switch {
	case track.Handler == "vide" && e.Format == "avc1" && e.AVC != nil && len(e.AVC.SPS) == 1:
		s, ok = ownVideo(e)
		ok = ok && unitsFill(r, track.Packets, e.AVC.LengthSize)
		s.AverageRate = averageRate(track)
	case track.Handler == "soun" && e.Format == "mp4a" && e.ES != nil:
		s, ok = ownAudio(e)
	case e.Format == "tx3g":
		s, ok = stream{Type: "subtitle", Codec: "mov_text"}, true
	}
	s.Tags.Language = track.Language
	if track.Enabled {
		s.Disposition = map[string]number{"default": "1"}
	}
	return s, ok
}

// The names that ffprobe has for what H.264 may say, as far as it is said by our outputs.
var (
	profileNames = map[uint8]string{77: "Main", 100: "High"}
	primaries    = map[uint8]string{1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
	transfers    = map[uint8]string{1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m",
		14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}
	matrices = map[uint8]string{1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
)

// ownVideo describes H.264 of 8 bits and 4:2:0 by its parameter set, which must say the same
// as the file's header.
func ownVideo(e mp4box.SampleEntry) (stream, bool) {
	sps, err := h264.ParseSPS(e.AVC.SPS[0])
	if err != nil || !sps.Progressive || sps.Colours == nil || sps.Chroma != 1 || sps.Depth != 8 ||
		sps.ChromaDepth != 8 || sps.Width != e.Width || sps.Height != e.Height || sps.Level != e.AVC.Level ||
		sps.Profile != e.AVC.Profile || sps.Constraints != e.AVC.Compatibility {
		return stream{}, false
	}
	colours := sps.Colours
	s := stream{
		Type: "video", Codec: "h264", Profile: profileNames[sps.Profile], PixFmt: "yuv420p", Range: "tv",
		Level: number(strconv.Itoa(int(sps.Level))), FieldOrder: "progressive",
		Width: number(strconv.Itoa(sps.Width)), Height: number(strconv.Itoa(sps.Height)),
		Space: matrices[colours.Matrix], Primaries: primaries[colours.Primaries],
		Transfer: transfers[colours.Transfer],
		SAR:      fmt.Sprintf("%d:%d", sps.SARWidth, sps.SARHeight),
	}
	if e.HSpacing > 0 && e.VSpacing > 0 {
		s.SAR = fmt.Sprintf("%d:%d", e.HSpacing, e.VSpacing)
	}
	if colours.FullRange {
		s.PixFmt, s.Range = "yuvj420p", "pc"
	}
	const baseline, constrained = 66, 0x40
	if sps.Profile == baseline && sps.Constraints&constrained != 0 {
		s.Profile = "Constrained Baseline"
	}
	return s, s.Profile != ""
}

// averageRate is the rate of a track's frames, as long as they last.
func averageRate(track mp4box.Stream) string {
	var sum int64
	for _, p := range track.Packets {
		sum += p.Duration
	}
	return fmt.Sprintf("%d/%d", int64(len(track.Packets))*int64(track.Timescale), sum)
}

// unitsFill reports whether each frame of H.264 is filled by its NAL units, which have their
// lengths before them: what was damaged on its way to the disk mostly does not.
func unitsFill(r io.ReaderAt, frames []mp4box.Packet, lengthBytes int) bool {
	head := make([]byte, 4)
	for _, frame := range frames {
		at, end := frame.Offset, frame.Offset+int64(frame.Size)
		for at < end {
			if n, err := r.ReadAt(head[4-lengthBytes:], at); n < lengthBytes && err != nil {
				return false
			}
			length := int64(binary.BigEndian.Uint32(head))
			if at += int64(lengthBytes) + length; length == 0 || at > end {
				return false
			}
		}
	}
	return true
}

// layouts are ffmpeg's names of the channels of AAC's configurations (ISO/IEC 14496-3).
var layouts = [...]struct {
	name     string
	channels int
}{{}, {"mono", 1}, {"stereo", 2}, {"3.0", 3}, {"4.0", 4}, {"5.0", 5}, {"5.1", 6}, {"7.1", 8}}

// ownAudio describes AAC-LC by its configuration.
func ownAudio(e mp4box.SampleEntry) (stream, bool) {
	rate, configuration, ok := e.ES.AACLC()
	if !ok || configuration == 0 || configuration >= len(layouts) {
		return stream{}, false
	}
	layout := layouts[configuration]
	return stream{Type: "audio", Codec: "aac", Profile: "LC", SampleRate: number(strconv.Itoa(rate)),
		Channels: number(strconv.Itoa(layout.channels)), Layout: layout.name}, true
}

// ownInspection is [Runner.Inspect] by [ownMP4].
func ownInspection(ctx context.Context, dir string, out plan.Output) (media.Inspection, bool) {
	c, ok := ownMP4(ctx, dir, out)
	if !ok {
		return media.Inspection{}, false
	}
	got := c.inspection()
	c.measured(&got.Probe)
	size, err := folder.New(dir).Size(out.File)
	got.Probe.SizeBytes = size
	return got, err == nil
}

// measured sets of the probe what the packets tell of the streams.
func (c *contents) measured(p *media.Probe) {
	var end time.Duration
	for i := range p.Video {
		v := &p.Video[i]
		s := spanOf(c.spans, int64(v.Index))
		v.Frames, v.Start, v.Duration = s.packets, s.first, s.length(0)
		end = max(end, v.Start+v.Duration)
	}
	for i := range p.Audio {
		a := &p.Audio[i]
		s := spanOf(c.spans, int64(a.Index))
		a.Start, a.Duration = s.heard(a.SampleRate)
		end = max(end, a.Start+a.Duration)
	}
	p.Duration = end
}
