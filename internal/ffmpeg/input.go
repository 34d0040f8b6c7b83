package ffmpeg

import (
	"fmt"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
)

// input is the probe of an input: what its headers say, corrected by its packets. Known
// tells the codecs that can be decoded.
func (c *contents) input(known func(codec string) bool) media.Probe {
	p := c.probe(known)
	c.oneProgramme(&p)
	fromFirst(&p)
	spans := c.spans
	if slices.Contains(mendedFormats, p.Demuxer) {
		p.Resets, p.LongPauses = c.resets(p)
	}
	if len(p.Resets) > 0 || p.Demuxer == "ogg" {
		spans = c.goingOn
	}
	if len(spans) == 0 {
		return p
	}
	p.Measured = true
	p.Video = slices.DeleteFunc(p.Video, func(v media.VideoStream) bool {
		empty := spanOf(spans, int64(v.Index)).packets == 0
		if empty {
			p.UnknownVideo++
		}
		return empty
	})
	p.Audio = slices.DeleteFunc(p.Audio,
		func(a media.AudioStream) bool { return spanOf(spans, int64(a.Index)).packets == 0 })
	for i := range p.Video {
		claimed := p.Video[i].Duration
		spans[int64(p.Video[i].Index)].measureVideo(&p.Video[i])
		p.Video[i].Duration = c.believed(p.Video[i].Duration, claimed)
	}
	for i := range p.Audio {
		a := &p.Audio[i]
		if s := spans[int64(a.Index)]; s.timed > 0 {
			claimed := a.Duration
			a.Start, a.Duration = s.heard(a.SampleRate)
			a.Duration = c.believed(a.Duration, claimed)
			a.Joints = s.joints.seldom(p.Demuxer == "mov")
			s.spacing.end()
			a.LongestGap = s.spacing.longest
		}
	}
	p.Priming = priming(p)
	c.correctDuration(&p)
	return p
}

// believed is the length of a stream: what was measured of it, but of a file that was cut off
// what it claims, or the container does.
func (c *contents) believed(measured, claimed time.Duration) time.Duration {
	if !c.cutOff {
		return measured
	}
	if claimed <= 0 {
		claimed = c.Format.Duration.duration()
	}
	return max(measured, claimed)
}

// oneProgramme keeps the streams of one programme of a transport stream: the first with
// video and audio, or else with video. Streams outside of programmes stay.
func (c *contents) oneProgramme(p *media.Probe) {
	of := map[int]int{}
	for _, programme := range c.Programs {
		for _, member := range programme.Streams {
			of[int(member.Index.int())] = int(programme.ID.int())
		}
	}
	for i := range p.Video {
		p.Video[i].Programme = of[p.Video[i].Index]
	}
	audible := map[int]bool{}
	for i := range p.Audio {
		p.Audio[i].Programme = of[p.Audio[i].Index]
		audible[p.Audio[i].Programme] = true
	}
	if len(p.Video) == 0 {
		return
	}
	chosen := p.Video[0].Programme
	for _, v := range p.Video {
		if audible[v.Programme] {
			chosen = v.Programme
			break
		}
	}
	other := func(programme int) bool { return chosen != 0 && programme != 0 && programme != chosen }
	p.Video = slices.DeleteFunc(p.Video, func(v media.VideoStream) bool { return other(v.Programme) })
	p.Audio = slices.DeleteFunc(p.Audio, func(a media.AudioStream) bool { return other(a.Programme) })
}

// fromFirst lets a presentation whose clock begins anywhere begin with the first of the streams
// that are left: captions, data and other programmes may begin before them.
func fromFirst(p *media.Probe) {
	if !p.BeginsAnywhere() {
		return
	}
	var starts []time.Duration
	for _, v := range p.Video {
		starts = append(starts, v.Start)
	}
	for _, a := range p.Audio {
		starts = append(starts, a.Start)
	}
	if len(starts) > 0 {
		p.Start = max(p.Start, slices.Min(starts))
	}
}

// measureVideo sets what the packets of a stream say of it.
func (s *span) measureVideo(v *media.VideoStream) {
	if s.timed == 0 {
		return
	}
	s.spacing.describe(v)
	v.Frames, v.Start = s.packets, s.first
	v.Duration = s.length(time.Duration(float64(time.Second) / v.FrameRate.Float()))
}

// longestPriming is more than any encoder puts before the first sample.
const longestPriming = 100 * time.Millisecond

// priming is what decoders drop of the audio that a file begins with. Matroska, and mp4 in
// fragments, give such audio times before 0 and say no more in the packets.
func priming(p media.Probe) time.Duration {
	a, ok := p.MainAudio()
	if !ok || p.Demuxer != "matroska" && p.Demuxer != "mov" || p.Start >= 0 || p.Start < -longestPriming ||
		a.Start > p.Start {
		return 0
	}
	return -p.Start
}

// correctDuration puts what the streams come to in place of a claim that is far from it.
func (c *contents) correctDuration(p *media.Probe) {
	var end time.Duration
	for _, v := range p.Video {
		end = max(end, v.Start+v.Duration)
	}
	for _, a := range p.Audio {
		end = max(end, a.Start+a.Duration)
	}
	measured := end - p.Origin()
	if off := (measured - p.Duration).Abs(); measured > 0 && off > max(500*time.Millisecond, measured/50) {
		p.Duration = measured
	}
}

// transportTags are the stream types of Sample-AES in a transport stream, as ffprobe writes
// codec tags.
var transportTags = []string{"[219][0][0][0]", "[207][0][0][0]", "[193][0][0][0]", "[194][0][0][0]"}

// mostScrambled is the share of scrambled packets that a file in the clear may have.
const mostScrambled = 0.25

// protection names the scheme by which a file is encrypted, "" for none.
func protection(c contents, path, demuxer string, size int64, messages *tail) (string, error) {
	if _, ok := messages.said(encrypted); ok {
		return "DRM of the container", nil
	}
	f, err := openFile(path)
	if err != nil {
		return "", withoutPath(err)
	}
	defer f.Close()
	switch demuxer {
	case "mov":
		entry, err := mp4box.EncryptedEntry(f, size)
		if entry != "" || err != nil {
			return entry, err
		}
	case "mpegts":
		for _, s := range c.Streams {
			if slices.Contains(transportTags, s.Tag) {
				return "Sample-AES", nil
			}
		}
		share, err := mpegts.Scrambled(f, size)
		if err != nil || share > mostScrambled {
			return fmt.Sprintf("%.0f %% of its packets are scrambled", 100*share), err
		}
	}
	if c.encrypted > 0 {
		return "Common Encryption", nil
	}
	return "", nil
}
