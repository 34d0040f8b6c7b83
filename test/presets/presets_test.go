package presets

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const (
	// perJob is how many outputs share the decoding of one job.
	perJob = 30
	// soakWithin bounds all jobs together.
	soakWithin = 2 * time.Hour
)

// TestTable makes a preset of each row of the table, and encodes all of them or a
// sample.
func TestTable(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	rows, some := full(), sample()
	wanted := map[string][]want{}
	encoded := 0
	for _, row := range rows {
		created, err := s.Client.CreatePreset(t.Context(), row.request())
		if err != nil {
			t.Errorf("%s: %v", row, err)
			continue
		}
		if reelastictest.Soak || slices.Contains(some, row) {
			encoded++
			wanted[row.source] = append(wanted[row.source], want{name: row.String(), preset: created.Preset})
		}
	}
	t.Logf("%d of %d presets encoded; all with REELASTIC_SOAK=1", encoded, len(rows))
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		s.check(t, name, wanted[name])
	}
}

// studio makes and judges what presets describe.
type studio struct{ *reelastictest.Fixture }

func newStudio(t *testing.T) studio {
	t.Helper()
	reelastictest.SampleMedia(t, "manifest.json")
	reelastictest.Need(t, "", "mediainfo", "--Version")
	f := reelastictest.New(t, "--workers", "2")
	f.Within = soakWithin
	return studio{f}
}

// want is a preset to try, under a name.
type want struct {
	name   string
	preset *api.Preset
	// anyRate reports that the preset's rates may be lower than an encoder reaches.
	anyRate bool
}

// check encodes a source with presets, as few jobs, and compares each result
// with its preset in a subtest.
func (s studio) check(t *testing.T, name string, wanted []want) {
	t.Helper()
	src := sources[name]
	from := recording{file: src.make(t), turned: src.turned}
	s.Put("in", src.name, from.path)
	for part, some := range slices.Collect(slices.Chunk(wanted, perJob)) {
		prefix := fmt.Sprintf("%s%d/", name, part)
		id := s.Submit(t, s.job(src.name, prefix, some))
		for i, w := range some {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				output := s.Await(t, id).Outputs[i]
				s.compare(t, w, from, output, s.Output(prefix))
			})
		}
	}
}

// job has one output for each preset. An output with pictures has thumbnails.
func (s studio) job(key, prefix string, wanted []want) *api.CreateJobRequest {
	in := &api.CreateJobRequest{OutputKeyPrefix: &prefix, Inputs: []api.JobInput{{Key: &key}}}
	for i, w := range wanted {
		o := api.CreateJobOutput{Key: new(strconv.Itoa(i) + "." + *w.preset.Container), PresetId: w.preset.Id}
		if w.preset.Thumbnails != nil && w.preset.Video != nil {
			o.ThumbnailPattern = new(strconv.Itoa(i) + "-{count}")
		}
		in.Outputs = append(in.Outputs, o)
	}
	return in
}

// compare reads an output that has ended and holds it against its preset.
func (s studio) compare(t *testing.T, w want, from recording, output api.JobOutput, dir string) {
	t.Helper()
	preset := w.preset
	if needsHE(preset) && *output.Status == "Error" && strings.Contains(*output.StatusDetail, "fdkaac") {
		t.Skipf("%s needs the program fdkaac, which is not installed: %s", *preset.Audio.CodecOptions.Profile,
			*output.StatusDetail)
	}
	t.Cleanup(func() {
		if document, err := json.Marshal(preset); err == nil && t.Failed() {
			t.Logf("the preset: %s", document)
		}
	})
	if *output.Status != "Complete" {
		t.Fatalf("%s: %s", *output.Status, reelastictest.Text(output.StatusDetail))
	}
	r := result{preset: preset, anyRate: w.anyRate, from: from, output: output,
		file: read(t, filepath.Join(dir, *output.Key))}
	r.check(t)
	if preset.Thumbnails != nil && preset.Video != nil {
		thumbnails, err := filepath.Glob(filepath.Join(dir,
			strings.Replace(*output.ThumbnailPattern, "{count}", "*", 1)))
		if err != nil {
			t.Fatal(err)
		}
		r.checkThumbnails(t, thumbnails)
	}
}
