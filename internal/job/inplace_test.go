package job_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
)

// longFilm is a file of twelve seconds whose pieces are many, with its header in front.
var longFilm = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "film")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	step := plan.Step{Name: "film", Args: []string{
		"-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=12,noise=alls=60:allf=t", "-f", "lavfi", "-i", "sine=d=12",
		"-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac",
		"-movflags", "+faststart", "film.mp4",
	}}
	if err := runner().Run(context.Background(), dir, step, nil); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "film.mp4"))
})

// distant are objects behind a network: read is asked before each range is given.
type distant struct {
	objects
	read func(ctx context.Context, offset, length int64) error
}

func (distant) Links(string) bool { return false }

func (d distant) Ranges(ctx context.Context, bucket, key string) (object.Ranges, error) {
	info, err := d.Stat(ctx, bucket, key)
	return distantRanges{d, info}, err
}

type distantRanges struct {
	distant
	info object.Info
}

func (r distantRanges) Info() object.Info { return r.info }

func (r distantRanges) Read(ctx context.Context, to io.WriterAt, offset, length int64) error {
	if err := r.read(ctx, offset, length); err != nil {
		return err
	}
	_, err := to.WriteAt(r.objects[r.info.Key][offset:offset+length], offset)
	return err
}

// early is a runner that tells of the first frame that a step has made.
type early struct {
	*ffmpeg.Runner
	once  *sync.Once
	begun chan struct{}
}

func (e early) Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	return e.Runner.Run(ctx, dir, step, func(p plan.Progress) {
		if p.Frames > 0 {
			e.once.Do(func() { close(e.begun) })
		}
		if progress != nil {
			progress(p)
		}
	})
}

// inPlace is a studio that reads its one input in place, and what it holds back of that until the
// first frame is made.
func inPlace(t *testing.T, outputs ...string) (*studio, *distant) {
	t.Helper()
	film(t) // skips where there is no ffmpeg
	if !runner().InPlace(t.Context()) {
		if os.Getenv("CI") != "" {
			t.Fatal("bubblewrap does not work here")
		}
		t.Skip("bubblewrap does not work here")
	}
	content, err := longFilm()
	if err != nil {
		t.Fatal(err)
	}
	begun, last := make(chan struct{}), int64(len(content))
	store := &distant{objects: objects{"film.mp4": content}}
	store.read = func(ctx context.Context, offset, length int64) error {
		if offset+length < last {
			return nil
		}
		select {
		case <-begun:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return newStudio(t, document("film.mp4", outputs...), store, func(c *job.Config) {
		c.FFmpeg, c.InPlaceBytes = early{runner(), new(sync.Once), begun}, 1
	}), store
}

// TestInPlace encodes the first frame before the input is there as a whole, and makes what is
// made of a whole one, byte for byte.
func TestInPlace(t *testing.T) {
	t.Parallel()
	s, store := inPlace(t, generic240, hls400)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // else it waits for ever
	defer cancel()
	made, err := s.job.Run(ctx)
	if err != nil || made == nil {
		t.Fatalf("%v, %+v", err, s.outcome.Result())
	}
	whole := newStudio(t, document("film.mp4", generic240, hls400), store.objects)
	want := whole.run(t)
	if want == nil {
		t.Fatalf("%+v", whole.outcome.Result())
	}
	for i, output := range want.Outputs {
		for n, o := range output.All() {
			expected, err := whole.request.Folder.Read(o.File)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.request.Folder.Read(made.Outputs[i].All()[n].File)
			if err != nil || !bytes.Equal(got, expected) {
				t.Errorf("%s differs from that of a whole input: %v", o.Key, err)
			}
		}
	}
	if a, b := s.heard.detected[0], whole.heard.detected[0]; *a.DurationMillis != *b.DurationMillis ||
		*a.FrameRate != *b.FrameRate || *a.FileSize != *b.FileSize {
		t.Errorf("detected %+v, of a whole input %+v", a, b)
	}
	if !s.room.fetched {
		t.Error("the room was not told that the input is there")
	}
}

// TestInPlaceFails has stores that fail midway, or an object that is another by then: that is
// no result, and no half input is taken for a whole one.
func TestInPlaceFails(t *testing.T) {
	t.Parallel()
	s, store := inPlace(t, generic240)
	waits, gone := store.read, errors.New("the object was replaced while it was read")
	store.read = func(ctx context.Context, offset, length int64) error {
		if err := waits(ctx, offset, length); err != nil || offset+length < int64(len(store.objects["film.mp4"])) {
			return err
		}
		return gone
	}
	if made, err := s.job.Run(t.Context()); !errors.Is(err, gone) || made != nil {
		t.Errorf("%+v, %v", made, err)
	}
	if entries, err := os.ReadDir(s.request.Folder.Path(".steps")); err != nil || len(entries) != 0 {
		t.Errorf("left of its steps: %v, %v", entries, err)
	}
}

// emptied is a store whose object is another, without a byte, when it is opened.
type emptied struct{ *distant }

func (e emptied) Ranges(context.Context, string, string) (object.Ranges, error) {
	return distantRanges{*e.distant, object.Info{}}, nil
}

// TestInPlaceEmptied: an object that has become empty since it was looked at is fetched like any
// other, and the job does not wait for pieces that there are none of.
func TestInPlaceEmptied(t *testing.T) {
	t.Parallel()
	_, store := inPlace(t)
	s := newStudio(t, document("film.mp4", generic240), emptied{store}, func(c *job.Config) { c.InPlaceBytes = 1 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if made, err := s.job.Run(ctx); err != nil || made == nil {
		t.Errorf("%v, %+v", err, s.outcome.Result())
	}
}

// TestInPlaceEnds: a job that is ended leaves nothing that reads or runs.
func TestInPlaceEnds(t *testing.T) {
	t.Parallel()
	s, store := inPlace(t, generic240)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	waits := store.read
	store.read = func(ctx context.Context, offset, length int64) error {
		err := waits(ctx, offset, length)
		if offset+length == int64(len(store.objects["film.mp4"])) {
			cancel(stop) // the first frame is made
			<-ctx.Done()
			return ctx.Err()
		}
		return err
	}
	if _, err := s.job.Run(ctx); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(s.request.Folder.Path(".steps")); err != nil || len(entries) != 0 {
		t.Errorf("left of its steps: %v, %v", entries, err)
	}
}

// TestArriving reads a file while it arrives, in any order, with every byte asked for once.
func TestArriving(t *testing.T) {
	t.Parallel()
	const size = 30<<20 + 12345
	content := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
	var mu sync.Mutex
	asked, whole := int64(0), make(chan struct{})
	store := distant{objects: objects{"x": content}, read: func(_ context.Context, _, length int64) error {
		mu.Lock()
		defer mu.Unlock()
		asked += length
		return nil
	}}
	ranges, err := store.Ranges(t.Context(), "in", "x")
	if err != nil {
		t.Fatal(err)
	}
	f := folder.New(t.TempDir())
	file, err := f.Arrive(t.Context(), "x", size, ranges, func() { close(whole) })
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{size - 100, 5 << 20, 0, 20 << 20} {
		b := make([]byte, 100)
		if _, err := file.Reader(t.Context()).ReadAt(b, at); err != nil || !bytes.Equal(b, content[at:at+100]) {
			t.Errorf("at %d is %q, %v", at, b, err)
		}
	}
	if err := file.Wait(t.Context()); err != nil || !file.Complete() || asked != size {
		t.Errorf("%d bytes of %d were asked for: %v", asked, size, err)
	}
	<-whole
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(f.Path("x")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file is another: %v", err)
	}
}
