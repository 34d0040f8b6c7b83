package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/internal/transcode"
)

// decide makes every choice of one output, or says why it can't be made.
func decide(req Request, index int) (rendition, *transcode.Failure) {
	spec := req.Job.Outputs[index]
	r := rendition{Output: Output{Index: index}, container: spec.Preset.Container}
	if spec.Segmented() {
		r.segmentSeconds = strconv.FormatFloat(spec.SegmentDuration.Seconds(), 'f', -1, 64)
	}
	r.segment, r.smooth = spec.SegmentDuration, spec.For(transcode.Smooth)
	for _, choose := range []func(*rendition, Request, transcode.OutputSpec) *transcode.Failure{
		checkEncoder, decidePieces, decideVideo, decideAudio, decideArtwork, decideEncoder, decideCaptions,
	} {
		if failure := choose(&r, req, spec); failure != nil {
			return r, failure
		}
	}
	nameFiles(&r, spec)
	r.Effort = effort(req, []rendition{r})
	return r, nil
}

// checkEncoder tells what the installed ffmpeg can't make.
func checkEncoder(_ *rendition, req Request, spec transcode.OutputSpec) *transcode.Failure {
	v := spec.Preset.Video
	if v == nil {
		return nil
	}
	if encoder := videoCodecs[v.Codec].encoder; !req.Caps.Encoders[encoder] {
		return lacking(encoder)
	}
	return nil
}

func decidePieces(r *rendition, req Request, spec transcode.OutputSpec) *transcode.Failure {
	pieces, warnings, failure := newPieces(req, spec)
	for _, w := range warnings {
		r.warn(w)
	}
	r.pieces = pieces
	return failure
}

// decideAudio settles the audio of all pieces. An output that has neither
// video nor audio can't be made.
func decideAudio(r *rendition, req Request, spec transcode.OutputSpec) *transcode.Failure {
	track, warning, failure := newAudioTrack(req, spec.Preset)
	switch {
	case failure != nil:
		return failure
	case track == nil && r.Video == nil:
		return transcode.Mismatch("the preset asks for audio only, and the input has none that can be decoded")
	case track == nil:
		return nil
	}
	r.warn(warning)
	r.audio, r.Audio = track, track.expected(spec.Preset.Audio.Codec)
	for i := range r.pieces {
		p := &r.pieces[i]
		p.audio, p.audioStages = track.of(req.Probes[i], i, p.excerpt)
		if r.Video != nil && len(r.pieces) > 1 {
			p.audioStages = append(p.audioStages, p.asLongAs(req.Probes[i], r.video.rate))
		}
	}
	return nil
}

func decideArtwork(r *rendition, req Request, spec transcode.OutputSpec) (failure *transcode.Failure) {
	r.artwork, r.artworkApart, failure = newArtwork(req, spec.AlbumArt)
	r.Artwork = len(r.artwork)
	return failure
}

// decideEncoder settles the length of the output, and the video encoder, which may go by it.
func decideEncoder(r *rendition, req Request, spec transcode.OutputSpec) *transcode.Failure {
	decideLength(r, req, spec)
	if r.Video == nil {
		return nil
	}
	scene := &r.video.scene
	if !r.Estimated {
		scene.length = r.Duration
	}
	scene.captions = carriesCaptions(req, spec, r.Index)
	r.video.encoder = videoCodecs[r.Video.Codec].settle(*spec.Preset.Video, *scene)
	r.video.encoder.expect(r.Video)
	return nil
}

// carriesCaptions reports whether an output has captions that come with its frames.
func carriesCaptions(req Request, spec transcode.OutputSpec, index int) bool {
	isCEA708 := func(f transcode.CaptionFormatSpec) bool { return f.Format == transcode.CEA708 }
	return slices.ContainsFunc(spec.CaptionFormats, isCEA708) && len(req.Captions[index].Tracks) > 0
}

// decideCaptions settles the captions inside the file. Those beside it are not
// ffmpeg's work.
func decideCaptions(r *rendition, req Request, spec transcode.OutputSpec) *transcode.Failure {
	if !hasCaptions(spec) {
		return nil
	}
	captions := req.Captions[r.Index]
	if captions.Failure != nil {
		return captions.Failure
	}
	for _, f := range spec.CaptionFormats {
		if f.Format == transcode.MovText {
			r.captions, r.Subtitles = captions.Tracks, len(captions.Tracks)
		}
	}
	if !carriesCaptions(req, spec, r.Index) {
		return nil
	}
	var failure *transcode.Failure
	if r.Carrier, failure = newCarrier(r.Index, r.Video.FrameRate, r.Duration); failure != nil {
		return failure
	}
	r.video.ground = r.Carrier.ground(*r.Video, spec.Preset.Video.DisplayAspectRatio)
	return nil
}

// nameFiles gives the output its names in the step's folder.
func nameFiles(r *rendition, spec transcode.OutputSpec) {
	n := r.number()
	r.File = fmt.Sprintf("o%d.%s", n, r.container)
	if spec.Segmented() && r.container == transcode.TS {
		r.List = fmt.Sprintf("o%d.m3u8", n)
	}
	if r.Thumbnails != nil {
		r.Thumbnails.File = fmt.Sprintf("t%d_%%05d.%s", n, r.Thumbnails.Format)
	}
}

// alike checks what the service asks of inputs that are joined: all have video
// or none has, and so for audio (behaviour 4.3.1).
func alike(req Request) *transcode.Failure {
	if len(req.Probes) < 2 {
		return nil
	}
	_, video := req.Probes[0].MainVideo()
	_, audio := req.Probes[0].MainAudio()
	for i, p := range req.Probes {
		if _, ok := p.MainVideo(); ok != video {
			return transcode.MixedInputs(i+1, "video")
		}
		if _, ok := p.MainAudio(); ok != audio {
			return transcode.MixedInputs(i+1, "audio")
		}
	}
	return nil
}
