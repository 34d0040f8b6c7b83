package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// rendition is an output with every choice made: the facts that others see and
// what is needed to write its arguments.
type rendition struct {
	Output
	segmentSeconds string
	container      transcode.Container
	excerpt        excerpt
	// videoSource and soundSource are input pads; the stages follow them.
	videoSource   string
	pictureStages []string
	// finish is the filter between the picture and the encoder; "" for none.
	finish  string
	encoder encoder // nil without video
	// colourTags are the encoder's options that name the colours; none leaves the source's.
	colourTags []string
	// palette is which of the preparations makes a gif's colours.
	palette int
	sound   *sound // nil without audio
	// pixelFormat is what pictures have at the end of pictureStages.
	pixelFormat string
	// marks are laid over the pictures; covers are beside the sound.
	marks  []mark
	covers []cover
	// thumbnails picks and sizes pictures with their marks.
	thumbnails string
	// preparations are made before the output's own step, whose inputs from extra
	// on are what they leave.
	preparations []func(step string, req Request) preparation
	extra        int
	// firstGraphic is the input from which on the marks' and covers' graphics are.
	firstGraphic int
}

// newRendition decides one output, or says why it can't be made.
func newRendition(req Request, index int) (rendition, *transcode.Failure) {
	spec, probe := req.Job.Outputs[index], req.Probes[0]
	r := rendition{Output: Output{Index: index}, container: spec.Preset.Container}
	if failure := supported(spec, req.Caps); failure != nil {
		return r, failure
	}
	if probe.StillImage {
		return r, transcode.UnsupportedCodec("a still picture")
	}
	if spec.Segmented() {
		r.segmentSeconds = strconv.FormatFloat(spec.SegmentDuration.Seconds(), 'f', -1, 64)
	}
	warning, failure := r.decideExcerpt(req, spec)
	if failure != nil {
		return r, failure
	}
	if spec.Preset.Video != nil {
		v, ok := probe.MainVideo()
		if !ok {
			return r, noVideo(probe)
		}
		if failure = r.decideVideo(req, spec, v); failure != nil {
			return r, failure
		}
	}
	if failure = r.decideSound(req, spec.Preset); failure != nil {
		return r, failure
	}
	if r.Video == nil && r.Audio == nil {
		return r, transcode.Mismatch("the preset asks for audio only, and the input has none that can be decoded")
	}
	if failure = r.decideCovers(req, spec.AlbumArt, probe); failure != nil {
		return r, failure
	}
	r.Covers = len(r.covers)
	if r.Warning == "" {
		r.Warning = warning
	}
	r.decideLength(probe)
	r.nameFiles(spec)
	return r, nil
}

// supported tells what the installed ffmpeg can't make.
func supported(spec transcode.OutputSpec, caps media.Caps) *transcode.Failure {
	p := spec.Preset
	if spec.Segmented() && p.Container != transcode.TS {
		return transcode.Internal(fmt.Sprintf("This version does not cut %s files into segments.", p.Container))
	}
	if p.Video != nil && !caps.Encoders[encoderNames[p.Video.Codec]] {
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

// decideExcerpt settles what is shown: the input's clip, or else the output's own.
func (r *rendition) decideExcerpt(req Request, spec transcode.OutputSpec) (warning string, failure *transcode.Failure) {
	c, p := req.Job.Inputs[0].Clip, req.Probes[0]
	if c.Whole() {
		c = spec.Clip
	}
	r.excerpt, warning, failure = newExcerpt(c, p.Demuxer, sourceLength(p))
	return warning, failure
}

func (r *rendition) decideSound(req Request, preset transcode.PresetSpec) (failure *transcode.Failure) {
	r.sound, r.Warning, failure = newSound(req, preset, r.excerpt)
	if r.sound == nil {
		return failure
	}
	r.Audio = r.sound.audio()
	if r.sound.encoder == copied {
		r.sound.prepared = len(r.preparations)
		r.preparations = append(r.preparations, func(step string, req Request) preparation {
			return r.sound.encodeOutside(step, req, r)
		})
	}
	return nil
}

func (r *rendition) decideVideo(req Request, spec transcode.OutputSpec, v media.VideoStream) *transcode.Failure {
	want := *spec.Preset.Video
	p := newPicture(v, req.Job.Inputs[0], spec.Rotate, want.Scan)
	rate := outputRate(p.rate, want)
	g := p.fit(want)
	at := scene{size: g.Frame, rate: rate, scan: want.Scan, sourceRate: v.BitRate, segmentSeconds: r.segmentSeconds, container: r.container}

	r.Video = &Video{Codec: want.Codec, Size: g.Frame, FrameRate: rate, Scan: want.Scan,
		Conversion: conversion(want.Conversion, at, p.coded)}
	if r.Video.Scan == "" {
		r.Video.Scan = transcode.Progressive
	}
	r.encoder = newEncoder(want, at)
	r.encoder.expect(r.Video)
	colours := converted(r.Video.Conversion, p.matrix)
	r.colourTags = colours.tags

	r.videoSource = bracket(fmt.Sprintf("0:%d", v.Index))
	pictureRate := rate.Mul(whole(times(want.Scan)))
	r.pictureStages = append(p.stages, rateFilter(pictureRate), r.excerpt.filter(""),
		g.filters(p.coded, colours.into(pixelFormat(want)), pixelFormat(want), want.DisplayAspectRatio))
	r.finish, r.pixelFormat = interlace(want.Scan), pixelFormat(want)
	if want.Codec == transcode.GIFV {
		r.palette, r.preparations = len(r.preparations), append(r.preparations, r.paletteStep)
	}
	if t := spec.Preset.Thumbnails; spec.ThumbnailPattern != "" && t != nil {
		filters, size := thumbnailFilters(*t, g.Frame, pictureRate, want.DisplayAspectRatio, colours.matrix)
		r.thumbnails = filters
		r.Thumbnails = &Thumbnails{Size: size, Format: t.Format}
	}
	return r.decideMarks(req, spec, g)
}

// decideLength takes the stream's own length, counted from the container's
// first timestamp, before the container's claim.
func (r *rendition) decideLength(p media.Probe) {
	v, _ := p.MainVideo()
	a, _ := p.MainAudio()
	length, start := a.Duration, a.Start
	if r.Video != nil {
		length, start = v.Duration, v.Start
	}
	r.Estimated = slices.Contains(streamFormats, p.Demuxer)
	claim := p.Duration
	if length > 0 {
		claim = length + max(0, start-p.Start)
	}
	r.Duration = r.excerpt.length(claim)
	r.Estimated = r.Estimated || claim == 0 // a clip's length is no claim about its source
	if r.Video != nil && length > 0 {
		r.Video.Duration = r.Duration
	}
}

// streamFormats are demuxers of bare streams, which state no length: it is
// computed from the size and the first bit rate seen, and may be many times too long.
var streamFormats = []string{"mp3", "aac", "ac3", "eac3", "amr"}

// nameFiles gives the output its names in the step's folder, numbered from 1.
func (r *rendition) nameFiles(spec transcode.OutputSpec) {
	n := r.Index + 1
	if spec.Segmented() {
		r.File, r.List = fmt.Sprintf("o%d_%%05d.ts", n), fmt.Sprintf("o%d.m3u8", n)
	} else {
		r.File = fmt.Sprintf("o%d.%s", n, r.container)
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
	pictures := r.marked(g, r.firstGraphic)
	r.joinCovers(g, r.firstGraphic)
	if r.Video != nil {
		stages := append(pictures[:len(pictures):len(pictures)], r.finish)
		if r.Video.Codec == transcode.GIFV {
			stages = append(stages, usePalette(r.extra+r.palette))
		}
		g.add("split", r.videoSource, stages, fmt.Sprintf("v%d", n))
	}
	if r.Thumbnails != nil {
		stages := append(pictures[:len(pictures):len(pictures)], r.thumbnails)
		g.add("split", r.videoSource, stages, fmt.Sprintf("t%d", n))
	}
	if r.sound != nil && r.sound.encoder != copied {
		r.sound.join(g, n)
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
