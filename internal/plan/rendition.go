package plan

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// rendition is an output with every choice made: the facts that others see and
// what is needed to write its arguments.
type rendition struct {
	Output
	segmentSeconds string
	segment        time.Duration // how long a segment is; 0 for none
	smooth         bool          // its segments are fragments for Smooth Streaming
	container      transcode.Container
	// pieces are what is shown, one of each input.
	pieces []piece
	// pictureRate is that of pictures before the finish.
	pictureRate media.Rational
	// finish is the filter between the picture and the encoder; "" for none.
	finish  string
	encoder encoder // nil without video
	// reordered is how many frames ahead the pictures of a segmented output are decoded.
	reordered int
	// colourTags are the encoder's options that name the colours; none leaves the source's.
	colourTags []string
	// palette is which of the preparations makes a gif's colours, or [samePass].
	palette int
	sound   *sound // nil without audio
	// pixelFormat is what pictures have before the finish.
	pixelFormat string
	// covers are beside the sound.
	covers []cover
	// tracks are those of mov-text; ground is what makes the carrier's pictures fit.
	tracks []CaptionTrack
	ground string
	// thumbnails picks and sizes pictures before the finish.
	thumbnails string
	// preparations are made before the output's own step, whose inputs from extra
	// on are what they leave.
	preparations []func(r *rendition, step string, req Request) preparation
	extra        int
	// firstGraphic is the input from which on the marks' and covers' graphics are.
	firstGraphic int
	// firstCaption is the input from which on the captions are.
	firstCaption int
}

// newRendition decides one output, or says why it can't be made.
func newRendition(req Request, index int) (rendition, *transcode.Failure) {
	spec := req.Job.Outputs[index]
	r := rendition{Output: Output{Index: index}, container: spec.Preset.Container}
	if spec.Segmented() {
		r.segmentSeconds = strconv.FormatFloat(spec.SegmentDuration.Seconds(), 'f', -1, 64)
	}
	r.segment, r.smooth = spec.SegmentDuration, spec.For(transcode.Smooth)
	decisions := []func(Request, transcode.OutputSpec) *transcode.Failure{
		supported, r.decidePieces, r.decideVideo, r.decideSound, r.decideCovers,
	}
	for _, decide := range decisions {
		if failure := decide(req, spec); failure != nil {
			return r, failure
		}
	}
	r.decideLength(req)
	r.decidePalette()
	if failure := r.decideCaptions(req, spec); failure != nil {
		return r, failure
	}
	r.nameFiles(spec)
	return r, nil
}

// supported tells what the installed ffmpeg can't make.
func supported(req Request, spec transcode.OutputSpec) *transcode.Failure {
	p := spec.Preset
	if spec.Segmented() && p.Container != transcode.TS && p.Container != transcode.FMP4 {
		return transcode.Internal(fmt.Sprintf("This version does not cut %s files into segments.", p.Container))
	}
	if p.Video != nil && !req.Caps.Encoders[encoderNames[p.Video.Codec]] {
		return lacking(encoderNames[p.Video.Codec])
	}
	return nil
}

func lacking(encoder string) *transcode.Failure {
	return transcode.Internal(fmt.Sprintf("The installed ffmpeg has no %s encoder.", encoder))
}

// noVideo is the failure of a preset with Video on an input without: the input
// has none (4008), or none that can be decoded (4006).
func noVideo(p media.Probe) *transcode.Failure {
	if p.UnknownVideo > 0 {
		return transcode.UnsupportedCodec("a video stream without a known codec or without pictures")
	}
	return transcode.Mismatch("the preset asks for video, and the input has none")
}

// decideSound settles the sound of all pieces. An output that has neither
// pictures nor sound can't be made.
func (r *rendition) decideSound(req Request, spec transcode.OutputSpec) *transcode.Failure {
	sound, warning, failure := newSound(req, spec.Preset)
	switch {
	case failure != nil:
		return failure
	case sound == nil && r.Video == nil:
		return transcode.Mismatch("the preset asks for audio only, and the input has none that can be decoded")
	case sound == nil:
		return nil
	case warning != "":
		r.Warning = warning
	}
	r.sound, r.Audio = sound, sound.audio()
	for i := range r.pieces {
		p := &r.pieces[i]
		p.sound, p.sounds = sound.of(req.Probes[i], i, p.excerpt)
		if r.Video != nil && len(r.pieces) > 1 {
			p.sounds = append(p.sounds, p.asLongAs(req.Probes[i], r.pictureRate))
		}
	}
	if sound.encoder == copied {
		sound.prepared = len(r.preparations)
		r.preparations = append(r.preparations, (*rendition).encodeOutside)
	}
	return nil
}

// decideVideo settles the pictures of all pieces, which are alike: the first
// input decides where they may differ.
func (r *rendition) decideVideo(req Request, spec transcode.OutputSpec) *transcode.Failure {
	if spec.Preset.Video == nil {
		return nil
	}
	want := *spec.Preset.Video
	for i, probe := range req.Probes {
		v, ok := probe.MainVideo()
		if !ok {
			return noVideo(probe)
		}
		p := newPicture(v, req.Job.Inputs[i], spec.Rotate, want.Scan)
		g := p.fit(want)
		if i == 0 {
			r.decideEncoder(want, p, g, v)
		} else if g.Frame != r.Video.Size {
			return transcode.InconsistentSizes(len(req.Probes), r.Video.Size.String(), g.Frame.String())
		}
		colours := converted(r.Video.Conversion, p.matrix)
		at := &r.pieces[i]
		at.video = bracket(fmt.Sprintf("%d:%d", i, v.Index))
		at.pictures = append(p.stages, at.excerpt.first(), rateFilter(r.pictureRate), at.excerpt.last(r.Video.FrameRate, times(want.Scan)),
			g.filters(p.coded, colours.into(r.pixelFormat), r.pixelFormat, want.DisplayAspectRatio))
		if e := at.excerpt; e.duration > 0 && e.start+e.duration <= sourceLength(probe) {
			at.count = e.pictures(r.Video.FrameRate) * times(want.Scan)
		}
		if failure := at.decideMarks(req, spec, g); failure != nil {
			return failure
		}
		if i == 0 {
			r.colourTags = colours.tags
			r.decideThumbnails(spec, g, colours)
		}
	}
	return nil
}

// decideEncoder settles what the stream will be.
func (r *rendition) decideEncoder(want transcode.VideoSpec, p picture, g geometry, v media.VideoStream) {
	rate := outputRate(p.rate, want)
	at := scene{size: g.Frame, rate: rate, scan: want.Scan, sourceRate: v.BitRate, segmentSeconds: r.segmentSeconds, container: r.container}
	r.Video = &Video{Codec: want.Codec, Size: g.Frame, FrameRate: rate, Scan: want.Scan,
		Conversion: conversion(want.Conversion, at, p.coded)}
	if r.Video.Scan == "" {
		r.Video.Scan = transcode.Progressive
	}
	r.encoder = newEncoder(want, at)
	r.encoder.expect(r.Video)
	r.pictureRate = rate.Mul(whole(times(want.Scan)))
	r.finish, r.pixelFormat = interlace(want.Scan), pixelFormat(want)
}

func (r *rendition) decideThumbnails(spec transcode.OutputSpec, g geometry, c colours) {
	t := spec.Preset.Thumbnails
	if spec.ThumbnailPattern == "" || t == nil {
		return
	}
	filters, size := thumbnailFilters(*t, g.Frame, r.pictureRate, spec.Preset.Video.DisplayAspectRatio, c.matrix)
	r.thumbnails = filters
	r.Thumbnails = &Thumbnails{Size: size, Format: t.Format}
}

// decideLength adds up the pieces. Of each it takes the stream's own length,
// counted from the container's first timestamp, before the container's claim.
func (r *rendition) decideLength(req Request) {
	claimed := r.Video != nil
	for i, p := range req.Probes {
		v, _ := p.MainVideo()
		a, _ := p.MainAudio()
		length, start := a.Duration, a.Start
		if r.Video != nil {
			length, start = v.Duration, v.Start
		}
		claim := p.Duration
		if length > 0 {
			claim = length + max(0, start-p.Start)
		}
		e := r.pieces[i].excerpt
		part := Part{Start: e.asked, Length: r.shown(e, claim)}
		r.Parts = append(r.Parts, part)
		r.Duration += part.Length
		claimed = claimed && length > 0
		// A clip's length is no claim about its source.
		r.Estimated = r.Estimated || claim == 0 || slices.Contains(streamFormats, p.Demuxer)
	}
	if claimed {
		r.Video.Duration = r.Duration
	}
}

// shown is how long an excerpt of a source that lasts total is in the output: a whole
// number of pictures, or longer where its sound is and nothing follows.
func (r *rendition) shown(e excerpt, total time.Duration) time.Duration {
	length := e.length(total)
	if r.Video == nil || e.duration == 0 || length < e.duration {
		return length
	}
	pictures := framesLength(e.pictures(r.Video.FrameRate), r.Video.FrameRate)
	if r.sound == nil || len(r.pieces) > 1 {
		return pictures
	}
	return max(length, pictures)
}

// streamFormats are demuxers of bare streams, which state no length: it is
// computed from the size and the first bit rate seen, and may be many times too long.
var streamFormats = []string{"mp3", "aac", "ac3", "eac3", "amr"}

// nameFiles gives the output its names in the step's folder, numbered from 1.
func (r *rendition) nameFiles(spec transcode.OutputSpec) {
	n := r.Index + 1
	r.File = fmt.Sprintf("o%d.%s", n, r.container)
	if spec.Segmented() && r.container == transcode.TS {
		r.List = fmt.Sprintf("o%d.m3u8", n)
	}
	if r.Thumbnails != nil {
		r.Thumbnails.File = fmt.Sprintf("t%d_%%05d.%s", n, r.Thumbnails.Format)
	}
}

// threads is how many threads the output can use.
func (r *rendition) threads(most int) int {
	if r.encoder == nil {
		return 1
	}
	return r.encoder.threads(most)
}

// join adds the rendition's chains to a graph.
func (r *rendition) join(g *graph) {
	n := r.Index + 1
	all := r.joined(g, r.firstGraphic, r.Video != nil, r.sound != nil && r.sound.encoder != copied)
	r.joinCovers(g, r.firstGraphic)
	switch {
	case r.Video == nil:
	case r.Video.Codec == transcode.GIFV:
		r.joinGIF(g, all)
	case r.Carrier != nil:
		r.joinCarrier(g, all)
	default:
		g.add("split", all.video, all.pictures(r.finish), fmt.Sprintf("v%d", n))
	}
	if r.Thumbnails != nil {
		g.add("split", all.video, all.pictures(r.thumbnails), fmt.Sprintf("t%d", n))
	}
	if all.sound != "" {
		r.sound.join(g, all, n)
	}
}

// args are the arguments of the rendition's files, after the graph's.
func (r *rendition) args(speed string, threads int) []string {
	n := r.Index + 1
	var args []string
	if r.Video != nil {
		args = append(args, "-map", fmt.Sprintf("[v%d]", n))
	}
	if r.sound != nil {
		args = append(args, r.sound.maps(n, r.extra)...)
	}
	args = append(args, r.captionArgs()...)
	args = append(args, r.coverMaps()...)
	args = append(args, r.coverArgs()...)
	if r.Video != nil {
		args = append(args, r.encoder.args(speed, threads)...)
		args = append(args, r.colourTags...)
	}
	if r.sound != nil {
		args = append(args, r.sound.args()...)
	}
	args = append(args, bareArgs...)
	args = append(args, r.muxArgs()...)
	if r.Thumbnails != nil {
		args = append(args, "-map", fmt.Sprintf("[t%d]", n))
		args = append(args, r.Thumbnails.args()...)
	}
	return args
}

// bareArgs keep the source's tags, chapters and data out of every file.
var bareArgs = []string{"-map_metadata", "-1", "-map_chapters", "-1", "-dn"}

// args are the arguments of the pictures' files.
func (t *Thumbnails) args() []string {
	codec := []string{"-c:v", "png"}
	if t.Format == "jpg" {
		codec = []string{"-c:v", "mjpeg", "-q:v", "3"}
	}
	args := append([]string{"-fps_mode", "passthrough"}, codec...)
	args = append(args, "-threads", "1")
	args = append(args, bareArgs...)
	return append(args, "-f", "image2", "-start_number", "1", t.File)
}
