package plan

import (
	"cmp"
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
	encoder videoEncoder // nil without video
	// colours are those of the pictures.
	colours colours
	// converted are the pixels of a picture that zscale converts, of the largest input.
	converted int64
	// reordered is how many frames ahead the pictures of a segmented output are decoded.
	reordered int
	// scene is what the encoder is told.
	scene videoScene
	// palette is which of the preparations makes a palette in two passes.
	palette int
	sound   *sound // nil without audio
	// pixelFormat is what pictures have before the finish.
	pixelFormat string
	// covers are beside the sound.
	covers []cover
	// coverSource reads the input's own pictures where the sources' files have none.
	coverSource []string
	// tracks are those of mov-text; ground is what makes the carrier's pictures fit.
	tracks []CaptionTrack
	ground string
	// thumbnails picks and sizes pictures before the finish.
	thumbnails string
	// preparations are made before the output's own step, whose inputs from extra
	// on are what they leave.
	preparations []func(r *rendition, step string, req Request) preparation
	extra        int
	// firstImage is the input from which on the marks' and covers' graphics are.
	firstImage int
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
	r.decideLength(req, spec)
	r.decideEncoder(req, spec)
	if failure := r.decideCaptions(req, spec); failure != nil {
		return r, failure
	}
	r.nameFiles(spec)
	return r, nil
}

// supported tells what the installed ffmpeg can't make.
func supported(req Request, spec transcode.OutputSpec) *transcode.Failure {
	v := spec.Preset.Video
	if v == nil {
		return nil
	}
	if encoder := videoCodecs[v.Codec].encoder; !req.Caps.Encoders[encoder] {
		return lacking(encoder)
	}
	return nil
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
		r.warn(warning)
	}
	r.sound, r.Audio = sound, sound.audio()
	for i := range r.pieces {
		p := &r.pieces[i]
		p.sound, p.sounds = sound.of(req.Probes[i], i, p.excerpt)
		if r.Video != nil && len(r.pieces) > 1 {
			p.sounds = append(p.sounds, p.asLongAs(req.Probes[i], r.pictureRate))
		}
	}
	if sound.encoder.external() != nil {
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
		if failure := unshown(v); failure != nil {
			return failure
		}
		p := newPicture(v, req.Job.Inputs[i], spec.Rotate, want.Scan, req.Caps)
		g := p.fit(want)
		if i == 0 {
			r.decideStream(want, p, g, v)
			r.decideColours(req)
		} else if g.Frame != r.Video.Size {
			return transcode.InconsistentSizes(len(req.Probes), r.Video.Size.String(), g.Frame.String())
		}
		c := r.recolour(req, coloursOf(v), p)
		r.converted = max(r.converted, c.pixels)
		at := &r.pieces[i]
		at.video = bracket(fmt.Sprintf("%d:%d", i, v.Index))
		shows := compositionOf(probe, spec)
		at.count = r.frames(at.excerpt, probe, shows) * times(want.Scan)
		at.pictures = append(p.stages, at.excerpt.first(), at.steady(r.pictureRate),
			at.end(shows.holds(probe), r.pictureRate, v),
			c.before, g.filters(p.coded, c.scaler, c.format, want.DisplayAspectRatio), c.after, r.colours.named(r.pixelFormat))
		if failure := at.decideMarks(req, spec, g); failure != nil {
			return failure
		}
		if i == 0 {
			r.decideThumbnails(spec, g)
		}
	}
	return nil
}

// decideStream settles what the stream will be.
func (r *rendition) decideStream(want transcode.VideoSpec, p picture, g geometry, v media.VideoStream) {
	rate := outputRate(p.rate, want)
	r.scene = videoScene{size: g.Frame, rate: rate, scan: want.Scan, sourceRate: v.BitRate,
		segmentSeconds: r.segmentSeconds, container: r.container}
	r.pictureRate = rate.Mul(whole(times(want.Scan)))
	r.finish, r.pixelFormat = interlace(want.Scan), videoCodecs[want.Codec].pixelFormat(want)
	r.Video = &Video{Codec: want.Codec, Size: g.Frame, FrameRate: rate, pixelFormat: r.pixelFormat,
		Scan:       cmp.Or(want.Scan, transcode.Progressive),
		Conversion: conversion(want.Conversion, r.scene, p.coded)}
}

// decideEncoder settles the encoder, which may go by the length of the output.
func (r *rendition) decideEncoder(req Request, spec transcode.OutputSpec) {
	if r.Video == nil {
		return
	}
	if !r.Estimated {
		r.scene.length = r.Duration
	}
	r.scene.captions = carriesCaptions(req, spec, r.Index)
	r.encoder = videoCodecs[r.Video.Codec].settle(*spec.Preset.Video, r.scene)
	r.encoder.expect(r.Video)
	if r.encoder.palette() == paletteInTwoPasses {
		r.palette, r.preparations = len(r.preparations), append(r.preparations, (*rendition).paletteStep)
	}
}

func (r *rendition) decideThumbnails(spec transcode.OutputSpec, g geometry) {
	t := spec.Preset.Thumbnails
	if spec.ThumbnailPattern == "" || t == nil {
		return
	}
	filters, size := thumbnailFilters(*t, g.Frame, r.pictureRate, spec.Preset.Video.DisplayAspectRatio, r.colours.matrix)
	r.thumbnails = filters
	r.Thumbnails = &Thumbnails{Size: size, Format: t.Format}
}

// frames is how many frames of the output an excerpt comes to; 0 where only decoding tells.
func (r *rendition) frames(e excerpt, p media.Probe, shows composition) int {
	length := shows.length(p)
	switch {
	case e.duration > 0 && e.start+e.duration <= length:
		return framesOf(e.duration, r.Video.FrameRate)
	case p.Measured && length > 0:
		return framesOf(e.length(length), r.Video.FrameRate)
	}
	return 0
}

// decideLength adds up the pieces. Of each it takes the stream's own length,
// counted from the origin, before the container's claim.
func (r *rendition) decideLength(req Request, spec transcode.OutputSpec) {
	claimed := r.Video != nil
	for i, p := range req.Probes {
		shows, e := compositionOf(p, spec), r.pieces[i].excerpt
		length := shows.length(p)
		if length == 0 {
			length = p.Duration
		}
		part := Part{Start: e.asked, Length: r.shown(i, length)}
		r.Parts = append(r.Parts, part)
		r.Duration += part.Length
		claimed = claimed && p.VideoEnd() > 0
		if v, ok := p.MainVideo(); ok {
			r.SourceFrames += min(part.Length, p.VideoEnd()).Seconds() * v.FrameRate.Float()
		}
		r.Measured = p.Measured && (i == 0 || r.Measured)
		// A clip's length is no claim about its source.
		r.Estimated = r.Estimated || length == 0 || !p.Measured && slices.Contains(streamFormats, p.Demuxer)
	}
	if claimed {
		r.Video.Duration = r.Duration
	}
	if r.Video != nil {
		r.Video.Frames = int64(countOf(r.pieces) / times(r.Video.Scan))
	}
	if r.Audio != nil && r.Measured {
		r.Audio.Duration = r.audioLength(req)
	}
}

// audioLength is when the audio ends: with that of the last input, as far as it is shown.
func (r *rendition) audioLength(req Request) time.Duration {
	last := len(req.Probes) - 1
	part, ends := r.Parts[last].Length, audioEnd(req.Probes[last])
	length := r.pieces[last].excerpt.length(ends)
	switch {
	case last == 0:
		return length
	case ends == 0:
		return r.Duration
	}
	return r.Duration - part + min(part, length)
}

// shown is how long the excerpt of input i, which lasts total, is in the output: a whole
// number of frames, or longer where its audio is and nothing follows.
func (r *rendition) shown(i int, total time.Duration) time.Duration {
	e := r.pieces[i].excerpt
	length := e.length(total)
	if r.Video == nil || r.pieces[i].count == 0 {
		return length
	}
	frames := framesLength(r.pieces[i].count, r.pictureRate)
	if r.sound == nil || len(r.pieces) > 1 || e.duration == 0 {
		return frames
	}
	return max(length, frames)
}

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
	all := r.joined(g, r.firstImage, r.Video != nil, r.sound != nil && r.sound.encoder.external() == nil)
	r.joinCovers(g, r.firstImage)
	switch {
	case r.Video == nil:
	case r.encoder.palette() != noPalette:
		r.joinPalette(g, all)
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
	}
	if r.sound != nil {
		args = append(args, r.sound.encoder.args()...)
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
