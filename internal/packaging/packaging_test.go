package packaging_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/cenc"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
	"github.com/reelastic/reelastic/internal/format/playready"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

var update = flag.Bool("update", false, "write the golden files anew")

// film is a job whose outputs are made of the four seconds of testdata.
type film struct {
	packaging.Job
	t *testing.T
}

func newFilm(t *testing.T) *film {
	t.Helper()
	f := &film{t: t}
	f.Spec = transcode.JobSpec{ID: "1500000000000-abcdef", OutputKeyPrefix: "film/"}
	f.Folder, f.Threads = folder.New(t.TempDir()), 2
	return f
}

// output adds an output whose result is a file of testdata: of segments of two seconds
// for playlists of these formats, of one file without any.
func (f *film) output(key, source string, formats ...transcode.PlaylistFormat) *packaging.Output {
	f.t.Helper()
	n, kind := len(f.Outputs)+1, strings.TrimPrefix(filepath.Ext(source), ".")
	spec := transcode.OutputSpec{ID: fmt.Sprint(n), Key: key, Formats: formats}
	spec.Preset.Container = transcode.Container(kind)
	if len(formats) > 0 {
		spec.SegmentDuration = 2 * time.Second
		if kind != "ts" {
			spec.Preset.Container = transcode.FMP4
		}
	}
	made := packaging.Output{Made: true, Plan: plan.Output{Index: n - 1, File: fmt.Sprintf("o%d.%s", n, kind)}}
	if name := strings.TrimSuffix(source, "."+kind); name != "audio" {
		made.Plan.Video = &plan.Video{
			Size: media.Size{Width: 64, Height: 36}, FrameRate: media.NewRational(25, 1), RFC6381: "avc1.42000a",
		}
		spec.Preset.Video = &transcode.VideoSpec{}
	}
	if !strings.HasPrefix(source, "video.") {
		made.Plan.Audio = &plan.Audio{Codec: transcode.AAC, RFC6381: "mp4a.40.2", SampleRate: 22050, Channels: 1}
	}
	content, err := os.ReadFile(filepath.Join("testdata", source))
	if err == nil {
		err = f.Folder.Write(made.Plan.File, content)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.Spec.Outputs = append(f.Spec.Outputs, spec)
	f.Outputs = append(f.Outputs, made)
	return &f.Outputs[n-1]
}

// captioned gives the last output a track of captions in a format.
func (f *film) captioned(format transcode.CaptionFormat) {
	last := len(f.Outputs) - 1
	spec := transcode.CaptionFormatSpec{Format: format, Pattern: "captions/text-{language}"}
	f.Spec.Outputs[last].CaptionFormats = append(f.Spec.Outputs[last].CaptionFormats, spec)
	cues := []caption.Cue{
		{Start: time.Second, End: 3 * time.Second, Lines: []string{"Good morning"}},
	}
	f.Outputs[last].Captions = []caption.Track{{Language: "en", Label: "English", Cues: cues}}
}

// playlist adds a playlist of all outputs so far.
func (f *film) playlist(name string, format transcode.PlaylistFormat) *transcode.PlaylistSpec {
	p := transcode.PlaylistSpec{Name: name, Format: format}
	for i := range f.Outputs {
		p.Outputs = append(p.Outputs, i)
	}
	f.Spec.Playlists = append(f.Spec.Playlists, p)
	return &f.Spec.Playlists[len(f.Spec.Playlists)-1]
}

func (f *film) pack() *packaging.Package {
	f.t.Helper()
	made, err := packaging.Make(f.t.Context(), f.Job)
	if err != nil {
		f.t.Fatal(err)
	}
	return made
}

// describe lists all objects, with the text of those that are text.
func (f *film) describe(made *packaging.Package) []byte {
	var archive txtar.Archive
	var list strings.Builder
	add := func(what string, objects []packaging.Object) {
		for _, o := range objects {
			content := f.content(o)
			fmt.Fprintf(&list, "%s %s %d bytes\n", what, o.Key, len(content))
			if slices.Contains([]string{".m3u8", ".mpd", ".ism", ".ismc", ".vtt"}, filepath.Ext(o.Key)) {
				archive.Files = append(archive.Files, txtar.File{Name: o.Key, Data: content})
			}
		}
	}
	for i, files := range made.Outputs {
		add(fmt.Sprintf("output %d:", i+1), files.All())
		fmt.Fprintf(&list, "output %d: %d bytes of media\n", i+1, files.SizeBytes)
	}
	for _, k := range made.DataKeys {
		add(fmt.Sprintf("key of outputs %v:", k.Outputs), []packaging.Object{k.Object})
	}
	for i, p := range made.Playlists {
		add(fmt.Sprintf("playlist %d:", i+1), p.Objects)
	}
	archive.Comment = []byte(list.String())
	return txtar.Format(&archive)
}

func (f *film) content(o packaging.Object) []byte {
	f.t.Helper()
	if o.Content != nil {
		return o.Content
	}
	content, err := f.Folder.Read(o.File)
	if err != nil {
		f.t.Fatal(err)
	}
	return content
}

// golden packages and holds the result against a file of testdata.
func (f *film) golden(name string) *packaging.Package {
	f.t.Helper()
	made := f.pack()
	path, got := filepath.Join("testdata", name+".txtar"), f.describe(made)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		f.t.Errorf("%s differs: got\n%s", path, got)
	}
	return made
}

func TestHLSv3(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	f.output("v", "video.ts", transcode.HLSv3)
	f.captioned(caption.WebVTT)
	f.output("a", "audio.ts", transcode.HLSv3)
	f.playlist("main", transcode.HLSv3)
	f.golden("hlsv3")
}

// TestHLSv4 has a playlist of each version, which share an output.
func TestHLSv4(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	f.output("v", "video.ts", transcode.HLSv4, transcode.HLSv3)
	f.playlist("segments", transcode.HLSv3)
	f.output("a", "audio.ts", transcode.HLSv4)
	f.playlist("ranges", transcode.HLSv4)
	f.golden("hlsv4")
}

func TestHLSv7(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	f.output("v", "video.mp4", transcode.HLSv4, transcode.DASH)
	f.captioned(caption.WebVTT)
	f.output("a", "audio.mp4", transcode.HLSv4, transcode.DASH)
	f.playlist("apple", transcode.HLSv4)
	f.playlist("dash", transcode.DASH)
	f.golden("hlsv7-dash")
}

func TestSmooth(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	f.output("low", "both.ismv", transcode.Smooth)
	f.captioned(caption.DFXP)
	f.playlist("smooth", transcode.Smooth)
	f.golden("smooth")
}

// TestHLSKey encrypts the segments of an output, and of another the ranges, with a key
// that is an object, and decrypts them with what the playlists say.
func TestHLSKey(t *testing.T) {
	t.Parallel()
	cipher := packaging.Cipher{Mode: filecrypt.CBC, Key: []byte("0123456789abcdef"), Vector: []byte("fedcba9876543210")}
	clear := newFilm(t)
	f := newFilm(t)
	for _, film := range []*film{clear, f} {
		film.output("v", "video.ts", transcode.HLSv4, transcode.HLSv3)
		film.playlist("segments", transcode.HLSv3)
		film.playlist("ranges", transcode.HLSv4)
	}
	f.Outputs[0].Encryption = packaging.Encryption{Media: &cipher,
		HLS: &packaging.HLSKey{ObjectKey: "film/segments.key"}}
	made, want := f.golden("hls-key"), clear.pack()
	for n, o := range made.Outputs[0].Media[1:] {
		var plain bytes.Buffer
		err := filecrypt.Decrypt(&plain, bytes.NewReader(f.content(o)), cipher.Mode, cipher.Key, cipher.Vector)
		if err != nil || !bytes.Equal(plain.Bytes(), clear.content(want.Outputs[0].Media[n+1])) {
			t.Errorf("%s does not decrypt to the clear segment: %v", o.Key, err)
		}
	}
	if len(made.DataKeys) != 1 || !bytes.Equal(made.DataKeys[0].Object.Content, cipher.Key) {
		t.Errorf("keys: %+v", made.DataKeys)
	}
}

// TestFilesAreEncrypted wants media and thumbnails each with their own key, and the sizes
// of what is published.
func TestFilesAreEncrypted(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	o := f.output("v.mp4", "video.mp4")
	o.Plan.Thumbnails = &plan.Thumbnails{File: "t1_%05d.png", Format: "png"}
	f.Spec.Outputs[0].ThumbnailPattern = "t-{count}"
	f.Spec.Outputs[0].Preset.Thumbnails = &transcode.ThumbnailSpec{Format: "png"}
	clear := map[string][]byte{"film/v.mp4": f.content(packaging.Object{File: o.Plan.File})}
	for n := range 3 {
		text := fmt.Sprintf("picture %d", n+1)
		clear[fmt.Sprintf("film/t-%05d.png", n+1)] = []byte(text)
		if err := f.Folder.Write(fmt.Sprintf("t1_%05d.png", n+1), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	key := func(text string) *packaging.Cipher {
		return &packaging.Cipher{Mode: filecrypt.GCM, Key: []byte(text), Vector: []byte("fedcba9876543210")}
	}
	o.Encryption = packaging.Encryption{Media: key("media---media---"), Thumbnails: key("pictures--------")}
	f.Spec.Outputs[0].Encryption.Mode, f.Spec.Outputs[0].ThumbnailEncryption.Mode = "aes-gcm", "aes-gcm"
	o.Encryption.Media.VectorMade, o.Encryption.Thumbnails.VectorMade = true, true
	made := f.pack()
	vectors := map[string]bool{}
	for _, object := range made.Outputs[0].Media {
		cipher, vector := o.Encryption.Media, o.Encryption.Media.Vector
		if object.Thumbnail {
			cipher = o.Encryption.Thumbnails
			vector = filecrypt.ObjectVector(cipher.Vector, object.Key)
		}
		if !bytes.Equal(object.Vector(), vector) || vectors[string(vector)] {
			t.Errorf("%s has the vector %x, want %x, which no other has", object.Key, object.Vector(), vector)
		}
		vectors[string(vector)] = true
		content, plain := f.content(object), new(bytes.Buffer)
		err := filecrypt.Decrypt(plain, bytes.NewReader(content), cipher.Mode, cipher.Key, vector)
		if err != nil || !bytes.Equal(plain.Bytes(), clear[object.Key]) {
			t.Errorf("%s does not decrypt to what it was: %v", object.Key, err)
		}
		if !object.Thumbnail && int64(len(content)) != made.Outputs[0].SizeBytes {
			t.Errorf("%s has %d bytes, and the output says %d", object.Key, len(content), made.Outputs[0].SizeBytes)
		}
	}
	if n := len(made.Outputs[0].Media); n != 4 {
		t.Errorf("%d objects", n)
	}
}

// TestEncryptedRanges wants the file of HLSv4 to be encrypted as a whole: ranges that are
// encrypted each by itself would share the vector.
func TestEncryptedRanges(t *testing.T) {
	t.Parallel()
	pack := func(cipher *packaging.Cipher) []byte {
		f := newFilm(t)
		f.output("v", "video.ts", transcode.HLSv4).Encryption.Media = cipher
		made := f.pack()
		content := f.content(made.Outputs[0].Media[0])
		if size := made.Outputs[0].SizeBytes; size != int64(len(content)) {
			t.Errorf("the file has %d bytes, and the output says %d", len(content), size)
		}
		return content
	}
	clear := pack(nil)
	for _, mode := range []filecrypt.Mode{filecrypt.CBC, filecrypt.CTR, filecrypt.GCM} {
		cipher := packaging.Cipher{Mode: mode, Key: []byte("0123456789abcdef"), Vector: []byte("fedcba9876543210")}
		plain := new(bytes.Buffer)
		err := filecrypt.Decrypt(plain, bytes.NewReader(pack(&cipher)), mode, cipher.Key, cipher.Vector)
		if err != nil || !bytes.Equal(plain.Bytes(), clear) {
			t.Errorf("%s: the file does not decrypt to what it was: %v", mode, err)
		}
	}
}

// TestManyCaptionFiles ends a job whose captions grow with the number of its segments and
// tracks: a cue of WebVTT stands in each segment that shows it.
func TestManyCaptionFiles(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	o := f.output("v", "video.ts", transcode.HLSv3)
	f.captioned(transcode.WebVTT)
	cues := []caption.Cue{{Start: 0, End: time.Hour, Lines: []string{strings.Repeat("words ", 1<<20)}}}
	o.Captions = nil
	for n := range 100 {
		o.Captions = append(o.Captions, caption.Track{Language: fmt.Sprintf("l%d", n), Cues: cues})
	}
	_, err := packaging.Make(t.Context(), f.Job)
	if failure := transcode.AsFailure(err); failure == nil || failure.Code != caption.CodeTooManyTracks ||
		!strings.Contains(failure.Text, "256 MiB of caption files") {
		t.Errorf("error %v", err)
	}
}

// TestPlayReady wants the samples encrypted in place and the manifest to say so.
func TestPlayReady(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	drm := packaging.PlayReady{Key: []byte("0123456789abcdef"), Vector: 7}
	var err error
	if drm.Header, err = playready.NewHeader([16]byte{1, 2, 3}, drm.Key, "https://licence.example/"); err != nil {
		t.Fatal(err)
	}
	f.output("v", "video.mp4", transcode.DASH).Encryption.PlayReady = &drm
	second := drm
	second.Vector += cenc.FileVectors
	f.output("a", "audio.mp4", transcode.DASH).Encryption.PlayReady = &second
	f.playlist("dash", transcode.DASH)
	made := f.golden("playready")
	for i, entry := range []string{"encv", "enca"} {
		if media := f.content(made.Outputs[i].Media[0]); !bytes.Contains(media, []byte(entry)) {
			t.Errorf("output %d has no sample entry %s", i+1, entry)
		}
	}
}

// TestUnlike refuses a playlist whose outputs are cut elsewhere, and leaves the outputs
// themselves alone.
func TestUnlike(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	f.output("two", "video.ts", transcode.HLSv3)
	f.output("one", "video.ts", transcode.HLSv3)
	f.Spec.Outputs[1].SegmentDuration = time.Second
	f.playlist("main", transcode.HLSv3)
	made := f.pack()
	p := made.Playlists[0]
	if p.Failure == nil || p.Failure.Code != transcode.CodeSegmentsDiffer || len(p.Objects) > 0 {
		t.Errorf("playlist %+v", p)
	}
	if a, b := len(made.Outputs[0].Media), len(made.Outputs[1].Media); a != 2 || b != 4 {
		t.Errorf("%d and %d segments", a, b)
	}
}

// TestLeftOut has an output that was not made: it publishes nothing, nor does a playlist
// that lists it.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	f := newFilm(t)
	f.output("v", "video.ts", transcode.HLSv3)
	f.playlist("alone", transcode.HLSv3)
	f.output("a", "audio.ts", transcode.HLSv3).Made = false
	f.playlist("both", transcode.HLSv3)
	made := f.pack()
	if n := len(made.Outputs[1].All()); n != 0 {
		t.Errorf("%d objects of an output that was not made", n)
	}
	if p := made.Playlists; len(p[0].Objects) != 1 || len(p[1].Objects) != 0 || p[1].Failure != nil {
		t.Errorf("playlists %+v", p)
	}
}
