package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/app"
	"github.com/reelastic/reelastic/internal/transcode"
)

// localJob is a job that is done here, and what it is told of by.
type localJob struct {
	app.LocalJob
	inputs  []string
	presets []namedPreset
	request *api.CreateJobRequest
}

// jobs makes the jobs that are asked for, as requests that the API would take too.
func (o jobOptions) jobs(results string) ([]localJob, error) {
	switch {
	case len(o.Inputs) == 0:
		return nil, errors.New("an input is needed")
	case len(o.Preset) == 0:
		return nil, errors.New(`--preset is needed; "reelastic preset list" lists those that come with the program`)
	}
	presets, err := findPresets(o.Preset)
	if err != nil {
		return nil, err
	}
	sources, err := o.sources()
	if err != nil {
		return nil, err
	}
	parts := [][]source{sources}
	if !o.Join {
		parts = slices.Collect(slices.Chunk(sources, 1))
	}
	names, err := o.names(len(parts), sources)
	if err != nil {
		return nil, err
	}
	var all []localJob
	for i, inputs := range parts {
		b := &jobBuilder{options: o, name: names[i], presets: presets, files: map[string]string{}}
		b.job.Folder = results
		if len(parts) > 1 {
			b.job.Folder = filepath.Join(results, names[i])
		}
		job, err := b.build(inputs)
		if err != nil {
			return nil, err
		}
		all = append(all, job)
	}
	return all, nil
}

// jobBuilder makes the request of one job.
type jobBuilder struct {
	options   jobOptions
	name      string // what files begin with
	presets   []namedPreset
	playlists []playlistKind
	request   api.CreateJobRequest
	files     map[string]string // by key
	job       localJob
}

func (b *jobBuilder) build(inputs []source) (localJob, error) {
	steps := []func() error{
		func() error { return b.addInputs(inputs) },
		func() (err error) { b.playlists, err = b.options.playlists(b.presets); return err },
		b.addOutputs, b.addCaptions, b.addWatermark, b.addThumbnails,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return localJob{}, err
		}
	}
	b.addPlaylists()
	if b.options.Overwrite {
		b.request.UserMetadata = map[string]string{"reelastic:overwrite": "true"}
	}
	job, err := newLocalJob(&b.request, b.presets)
	if err != nil {
		return localJob{}, err
	}
	job.Folder, job.Sources = b.job.Folder, b.files
	for _, in := range inputs {
		job.inputs = append(job.inputs, in.path)
	}
	return job, nil
}

// localPipeline is the pipeline that the requests of local jobs name.
const localPipeline = "0000000000000-000000"

// newLocalJob is the job of a request that the API would take.
func newLocalJob(request *api.CreateJobRequest, presets []namedPreset) (localJob, error) {
	request.PipelineId = new(localPipeline)
	if err := transcode.Check(request); err != nil {
		return localJob{}, fmt.Errorf("the job is not valid: %s", sentence(err))
	}
	docs := map[string]*api.Preset{}
	for _, p := range presets {
		docs[*p.doc.Id] = p.doc
	}
	pipeline := &api.Pipeline{Id: request.PipelineId}
	draft, err := transcode.NewJob(request, pipeline, docs, "local", "local", "000000000000")
	if err != nil {
		return localJob{}, fmt.Errorf("the job is not valid: %s", sentence(err))
	}
	return localJob{LocalJob: app.LocalJob{Spec: draft.Spec}, presets: presets, request: request}, nil
}

// key is a key for a file, by its name.
func (b *jobBuilder) key(path string) string {
	base := filepath.Base(path)
	for n := 1; ; n++ {
		key := base
		if n > 1 {
			key = fmt.Sprintf("%d/%s", n, base)
		}
		if other, taken := b.files[key]; !taken || other == path {
			b.files[key] = path
			return key
		}
	}
}

func (b *jobBuilder) addInputs(inputs []source) error {
	for _, in := range inputs {
		span, err := timeSpan(in)
		if err != nil {
			return err
		}
		b.request.Inputs = append(b.request.Inputs, api.JobInput{Key: new(b.key(in.path)), TimeSpan: span})
	}
	return nil
}

// timeSpan is the part of an input; nil for all of it.
func timeSpan(in source) (*api.TimeSpan, error) {
	if in.from == "" && in.to == "" {
		return nil, nil
	}
	from, ok := transcode.ParseTime(cmp.Or(in.from, "0"))
	if !ok {
		return nil, fmt.Errorf("time %q is not valid: it must be [[HH:]MM:]SS[.mmm], below 24 hours", in.from)
	}
	span := &api.TimeSpan{StartTime: new(spanText(from))}
	if in.to == "" {
		return span, nil
	}
	to, ok := transcode.ParseTime(in.to)
	if !ok {
		return nil, fmt.Errorf("time %q is not valid: it must be [[HH:]MM:]SS[.mmm], below 24 hours", in.to)
	}
	if to <= from {
		return nil, fmt.Errorf("the part of %s ends at %q, which must be after its beginning %q", in.path, in.to,
			cmp.Or(in.from, "0"))
	}
	span.Duration = new(spanText(to - from))
	return span, nil
}

// spanText is a time as a TimeSpan has it.
func spanText(t time.Duration) string {
	return fmt.Sprintf("%d.%03d", t/time.Second, t.Milliseconds()%1000)
}

// defaultSegment is how long segments of playlists are, in seconds.
const defaultSegment = "6"

func (b *jobBuilder) addOutputs() error {
	if s := b.options.Segment; s != "" && !slices.ContainsFunc(b.presets, func(p namedPreset) bool {
		return b.options.segmented(p, b.playlists)
	}) {
		return fmt.Errorf("--segment %q needs presets with the container ts or fmp4, such as hls-1m", s)
	}
	for _, p := range b.presets {
		o := api.CreateJobOutput{PresetId: p.doc.Id, Key: new(b.name + "-" + p.label + p.extension())}
		if b.options.segmented(p, b.playlists) {
			o.SegmentDuration = new(cmp.Or(b.options.Segment, defaultSegment))
			if p.spec.Container == transcode.TS {
				o.Key = new(b.name + "-" + p.label) // what follows is made of it
			}
		}
		b.request.Outputs = append(b.request.Outputs, o)
	}
	return nil
}

// extension is the end of a file's name: that of the container, but where it is called
// otherwise.
func (p namedPreset) extension() string {
	switch {
	case p.spec.Container == transcode.MP4 && p.spec.Video == nil:
		return ".m4a"
	case p.spec.Container == transcode.FMP4:
		return ".mp4"
	}
	return "." + string(p.spec.Container)
}

func (b *jobBuilder) addPlaylists() {
	for _, kind := range b.playlists {
		playlist := api.CreateJobPlaylist{Name: new(b.name), Format: new(string(kind.format))}
		if len(b.playlists) > 1 {
			playlist.Name = new(b.name + "-" + kind.name)
		}
		for i, p := range b.presets {
			if kind.fits(p) {
				playlist.OutputKeys = append(playlist.OutputKeys, *b.request.Outputs[i].Key)
			}
		}
		b.request.Playlists = append(b.request.Playlists, playlist)
	}
}

// addCaptions gives captions to all outputs with video.
func (b *jobBuilder) addCaptions() error {
	files, err := b.options.captionFiles()
	if err != nil || len(files) == 0 && !b.options.Keep {
		if b.options.Format != "" && err == nil {
			err = fmt.Errorf("--captions-format %q needs --captions or --keep-captions", b.options.Format)
		}
		return err
	}
	given := &api.InputCaptions{MergePolicy: new("Override")}
	if b.options.Keep {
		given.MergePolicy = new("MergeOverride")
	}
	for _, f := range files {
		given.CaptionSources = append(given.CaptionSources,
			api.CaptionSource{Key: new(b.key(f.path)), Language: new(f.language)})
	}
	for i := range b.request.Inputs {
		b.request.Inputs[i].InputCaptions = given
	}
	captioned := false
	for i, p := range b.presets {
		if p.spec.Video == nil || p.spec.Container == transcode.GIF {
			continue
		}
		captioned = true
		format, pattern := b.captionsOf(p)
		b.request.Outputs[i].Captions = &api.Captions{
			CaptionFormats: []api.CaptionFormat{{Format: new(string(format)), Pattern: pattern}},
		}
	}
	if !captioned {
		return errors.New("captions need a preset with video")
	}
	return nil
}

// captionsOf is how captions are written for a preset: inside the file where the container
// takes them, else beside it. The outputs of a playlist share their files.
func (b *jobBuilder) captionsOf(p namedPreset) (format transcode.CaptionFormat, pattern *string) {
	format, name := transcode.WebVTT, b.name+"-"+p.label
	if p.spec.Container == transcode.MP4 {
		format = transcode.MovText
	}
	for _, kind := range b.playlists {
		if kind.fits(p) {
			format, name = kind.captions, b.name+"-"+kind.name
			break
		}
	}
	if b.options.Format != "" {
		format = transcode.CaptionFormat(b.options.Format)
	}
	if format.Embedded() {
		return format, nil
	}
	return format, new(name + "-{language}")
}

// imageNames are how keys of images may end.
var imageNames = []string{".jpg", ".jpeg", ".png"}

// addWatermark puts the watermark over all outputs with video.
func (b *jobBuilder) addWatermark() error {
	place, path, err := b.options.watermark()
	if err != nil || path == "" {
		return err
	}
	key := b.key(path)
	if !slices.ContainsFunc(imageNames, func(end string) bool { return strings.HasSuffix(key, end) }) {
		delete(b.files, key)
		key += imageNames[0]
		b.files[key] = path
	}
	marked := false
	for i, p := range b.presets {
		if p.spec.Video == nil || len(p.spec.Video.Watermarks) == 0 {
			continue
		}
		id, err := placeOf(p, place)
		if err != nil {
			return err
		}
		marked = true
		b.request.Outputs[i].Watermarks = []api.JobWatermark{{PresetWatermarkId: new(id), InputKey: new(key)}}
	}
	if !marked {
		return errors.New("--watermark needs a preset that has places for watermarks")
	}
	return nil
}

// placeOf is the id of a preset's watermark: the one asked for, else that at the bottom right,
// else the first.
func placeOf(p namedPreset, wanted string) (string, error) {
	var ids []string
	for _, w := range p.spec.Video.Watermarks {
		ids = append(ids, w.ID)
	}
	const usual = "BottomRight"
	switch {
	case wanted != "" && !slices.Contains(ids, wanted):
		return "", fmt.Errorf("--watermark: the preset %s has no place %q; it has %s", p.label, wanted,
			strings.Join(ids, ", "))
	case wanted != "":
		return wanted, nil
	case slices.Contains(ids, usual):
		return usual, nil
	}
	return ids[0], nil
}

// addThumbnails has the first output that can make thumbnails.
func (b *jobBuilder) addThumbnails() error {
	if !b.options.Thumbs {
		return nil
	}
	for i, p := range b.presets {
		if p.spec.Video != nil && p.spec.Thumbnails != nil {
			b.request.Outputs[i].ThumbnailPattern = new(b.name + "-thumbnail-{count}")
			return nil
		}
	}
	return errors.New("--thumbnails needs a preset with video and thumbnails")
}
