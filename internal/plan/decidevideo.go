package plan

import (
	"cmp"
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// decideVideo settles the frames of all pieces, which are alike: the first
// input decides where they may differ.
func decideVideo(r *rendition, req Request, spec transcode.OutputSpec) *transcode.Failure {
	if spec.Preset.Video == nil {
		return nil
	}
	for i := range req.Probes {
		if failure := decideFrames(r, req, spec, i); failure != nil {
			return failure
		}
	}
	return nil
}

// decideFrames settles the frames of input i.
func decideFrames(r *rendition, req Request, spec transcode.OutputSpec, i int) *transcode.Failure {
	want, probe := *spec.Preset.Video, req.Probes[i]
	v, ok := probe.MainVideo()
	if !ok {
		return noVideo(probe)
	}
	if failure := unshown(v); failure != nil {
		return failure
	}
	p := newFrame(v, req.Job.Inputs[i], spec.Rotate, want.Scan, req.Caps)
	g := p.fit(want)
	if i == 0 {
		decideStream(r, want, p, g, v)
		decideColours(r, req)
	} else if g.Frame != r.Video.Size {
		return transcode.InconsistentSizes(len(req.Probes), r.Video.Size.String(), g.Frame.String())
	}
	decideStages(r, req, spec, i, p, g)
	marks, failure := decideWatermarks(req, spec, g)
	if failure != nil {
		return failure
	}
	r.pieces[i].watermarks = marks
	if t := spec.Preset.Thumbnails; i == 0 && t != nil && spec.ThumbnailPattern != "" {
		r.Thumbnails = newThumbnails(*t, g.Frame, r.video.rate, want.DisplayAspectRatio, r.video.colours.matrix)
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

// decideStream settles what the stream will be.
func decideStream(r *rendition, want transcode.VideoSpec, p frame, g geometry, v media.VideoStream) {
	rate := outputRate(p.rate, want)
	scene := videoScene{
		size:           g.Frame,
		rate:           rate,
		scan:           want.Scan,
		sourceRate:     v.BitRate,
		segmentSeconds: r.segmentSeconds,
		container:      r.container,
	}
	r.video = &videoTrack{
		scene:       scene,
		rate:        rate.Mul(whole(times(want.Scan))),
		finish:      interlace(want.Scan),
		pixelFormat: videoCodecs[want.Codec].pixelFormat(want),
	}
	r.Video = &Video{
		Codec:       want.Codec,
		Size:        g.Frame,
		FrameRate:   rate,
		Conversion:  conversion(want.Conversion, scene, p.coded),
		Scan:        cmp.Or(want.Scan, transcode.Progressive),
		pixelFormat: r.video.pixelFormat,
	}
}

// decideColours settles what the colours of the output are, from a source or the
// first of several that the installed ffmpeg can convert into others.
func decideColours(r *rendition, req Request) {
	var lead sourceColours
	for i, probe := range req.Probes {
		v, _ := probe.MainVideo()
		s := coloursOf(v)
		if i == 0 || !lead.convertible(req.Caps) {
			lead = s
		}
		if !s.convertible(req.Caps) {
			r.warn(s.unconverted())
		}
		if v.Alpha && alphaDecoder(req.Caps, v) == nil {
			r.warn(alphaIgnored)
		}
	}
	r.video.colours = lead.result(req.Caps, *r.Video)
	if !isRGB(r.video.pixelFormat) {
		r.Video.colours = r.video.colours
	}
}

// decideStages settles the chain of input i's frames.
func decideStages(r *rendition, req Request, spec transcode.OutputSpec, i int, p frame, g geometry) {
	probe, at, track := req.Probes[i], &r.pieces[i], r.video
	v, _ := probe.MainVideo()
	want, shows := *spec.Preset.Video, compositionOf(probe, spec)
	c := recolour(req, recolourGoal{track.colours, track.pixelFormat, r.Video.Size, r.Video.Conversion}, coloursOf(v), p)
	track.converted = max(track.converted, c.pixels)
	at.video = bracket(fmt.Sprintf("%d:%d", i, v.Index))
	at.count = frameCount(at.excerpt, probe, shows, r.Video.FrameRate) * times(want.Scan)
	at.videoStages = append(p.stages,
		at.excerpt.first(),
		at.steady(track.rate),
		at.end(shows.holds(probe), track.rate, v),
		c.before,
		g.filters(p.coded, c.scaler, c.format, want.DisplayAspectRatio),
		c.after,
		track.colours.named(track.pixelFormat))
}
