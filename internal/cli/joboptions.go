package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/transcode"
)

// jobOptions are inputs, and what is to be made of them.
type jobOptions struct {
	Inputs    []string `arg:"" optional:"" name:"input" help:"Files to transcode; FILE#t=FROM,TO is a part of one."`
	Preset    []string `name:"preset" short:"p" placeholder:"NAME" help:"Preset: a name of \"reelastic preset list\", a number or a file. May be repeated."`
	Playlist  []string `name:"playlist" placeholder:"FORMAT" help:"Make a playlist of the presets that fit: hls, hls4, hls7, dash or smooth. May be repeated."`
	Segment   string   `name:"segment" placeholder:"SECONDS" help:"Length of segments, 1 to 60; with --playlist the default is 6."`
	Join      bool     `name:"join" help:"Join the inputs, in this order; without it each goes to a folder of its own."`
	From      string   `name:"from" placeholder:"TIME" help:"Where to begin, as [[HH:]MM:]SS[.mmm]."`
	To        string   `name:"to" placeholder:"TIME" help:"Where to end."`
	Captions  []string `name:"captions" sep:"none" placeholder:"[LANG=]FILE" help:"Captions of a language, such as en=film.srt. May be repeated."`
	Keep      bool     `name:"keep-captions" help:"Keep the captions that are inside the inputs."`
	Format    string   `name:"captions-format" placeholder:"FORMAT" help:"mov-text, cea-708, srt, webvtt, scc or dfxp; by default what fits the container."`
	Watermark string   `name:"watermark" placeholder:"[PLACE=]FILE" help:"PNG or JPEG over the video; the place is a watermark of the preset, such as TopLeft."`
	Thumbs    bool     `name:"thumbnails" help:"Make thumbnails too, as the first preset with video says."`
	Name      string   `name:"name" help:"What file names begin with; default: the name of the (first) input."`
	Overwrite bool     `name:"overwrite" help:"Replace files that exist."`
}

// source is an input: a file, and the part of it that is used.
type source struct {
	path     string
	from, to string
}

// fragment is the end of a name that says which part of the file is meant (W3C Media
// Fragments, temporal dimension).
var fragment = regexp.MustCompile(`^(.+)#t=([^,]*)(?:,(.*))?$`)

// sources are the inputs, which are there.
func (o jobOptions) sources() ([]source, error) {
	if o.Join && len(o.Inputs) > 1 && (o.From != "" || o.To != "") {
		return nil, errors.New("--from and --to are for one input: with --join, name parts as FILE#t=FROM,TO")
	}
	var all []source
	for _, input := range o.Inputs {
		in := source{path: input, from: o.From, to: o.To}
		_, err := os.Stat(input)
		if part := fragment.FindStringSubmatch(input); errors.Is(err, fs.ErrNotExist) && part != nil {
			if o.From != "" || o.To != "" {
				return nil, fmt.Errorf("%s: a part may be named by #t= or by --from and --to, not by both", input)
			}
			in = source{path: part[1], from: part[2], to: part[3]}
		}
		if err := readable("input", in.path); err != nil {
			return nil, err
		}
		all = append(all, in)
	}
	return all, nil
}

// readable refuses what is no file that can be read.
func readable(what, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %s is not a regular file", what, path)
	}
	return nil
}

// playlistKinds are the formats of playlists, as they are called here.
var playlistKinds = []playlistKind{
	{"hls", transcode.HLSv3, transcode.TS, "hls-1m", transcode.WebVTT},
	{"hls4", transcode.HLSv4, transcode.TS, "hls-1m", transcode.WebVTT},
	{"hls7", transcode.HLSv4, transcode.FMP4, "dash-video-1.2m", transcode.WebVTT},
	{"dash", transcode.DASH, transcode.FMP4, "dash-video-1.2m", transcode.WebVTT},
	{"smooth", transcode.Smooth, transcode.FMP4, "smooth-1m", transcode.DFXP},
}

// playlistKind is one of them: its format, what its outputs are in, a preset for these, and
// the format of its captions.
type playlistKind struct {
	name      string
	format    transcode.PlaylistFormat
	container transcode.Container
	example   string
	captions  transcode.CaptionFormat
}

// playlists are those that are asked for, each once.
func (o jobOptions) playlists(presets []namedPreset) ([]playlistKind, error) {
	var all []playlistKind
	for _, name := range o.Playlist {
		at := slices.IndexFunc(playlistKinds, func(k playlistKind) bool { return k.name == name })
		switch {
		case at < 0:
			return nil, fmt.Errorf("--playlist %q must be hls, hls4, hls7, dash or smooth", name)
		case slices.Contains(all, playlistKinds[at]):
			return nil, fmt.Errorf("--playlist %q is given twice", name)
		case !slices.ContainsFunc(presets, playlistKinds[at].fits):
			return nil, fmt.Errorf("--playlist %q needs presets with the container %s, such as %s", name,
				playlistKinds[at].container, playlistKinds[at].example)
		}
		all = append(all, playlistKinds[at])
	}
	fragmented := slices.DeleteFunc(slices.Clone(all),
		func(k playlistKind) bool { return k.container != transcode.FMP4 })
	smooth := func(k playlistKind) bool { return k.format == transcode.Smooth }
	if len(fragmented) > 1 && slices.ContainsFunc(fragmented, smooth) {
		return nil, errors.New("--playlist smooth can't stand beside hls7 or dash, whose files are cut in another way")
	}
	return all, nil
}

func (k playlistKind) fits(p namedPreset) bool { return p.spec.Container == k.container }

// segmented reports whether outputs of a preset are cut into segments.
func (o jobOptions) segmented(p namedPreset, playlists []playlistKind) bool {
	fits := func(k playlistKind) bool { return k.fits(p) }
	return slices.ContainsFunc(playlists, fits) || o.Segment != "" && slices.ContainsFunc(playlistKinds, fits)
}

// captionFile is a file of captions with its language.
type captionFile struct{ path, language string }

// undetermined is the language that nobody has told (ISO 639-2).
const undetermined = "und"

func (o jobOptions) captionFiles() ([]captionFile, error) {
	if len(o.Captions) > 0 && len(o.Inputs) > 1 {
		return nil, errors.New("--captions is for one input: the times of a file are those of one")
	}
	var all []captionFile
	for _, given := range o.Captions {
		language, path, named := strings.Cut(given, "=")
		if !named || !transcode.LanguageCode(language) {
			language, path = undetermined, given
		}
		if err := readable("--captions", path); err != nil {
			return nil, err
		}
		all = append(all, captionFile{path, language})
	}
	return all, nil
}

// watermark is the file of the watermark and its place; "" for the preset's own choice.
func (o jobOptions) watermark() (place, path string, err error) {
	if o.Watermark == "" {
		return "", "", nil
	}
	place, path, named := strings.Cut(o.Watermark, "=")
	if !named {
		place, path = "", o.Watermark
	}
	return place, path, readable("--watermark", path)
}

// names are what the files of each job begin with.
func (o jobOptions) names(jobs int, sources []source) ([]string, error) {
	if o.Name != "" && (jobs > 1 || strings.ContainsAny(o.Name, `/\{}`) || strings.HasPrefix(o.Name, ".")) {
		return nil, fmt.Errorf("--name %q must be for one job, without / \\ { } and without a point at the beginning",
			o.Name)
	}
	if o.Name != "" {
		return []string{o.Name}, nil
	}
	var all []string
	for i := range jobs {
		base := filepath.Base(sources[i].path)
		base = cmp.Or(strings.TrimSuffix(base, filepath.Ext(base)), base)
		base = strings.NewReplacer("{", "_", "}", "_").Replace(base)
		name := base
		for n := 2; slices.Contains(all, name); n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		all = append(all, name)
	}
	return all, nil
}
