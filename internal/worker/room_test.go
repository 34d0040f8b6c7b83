package worker

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/disk/disktest"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

func TestMain(m *testing.M) { disktest.Main(m) }

// TestRoom wants a job that its scratch folder can't hold to fail before anything is
// fetched, and to be told which folder and how much.
func TestRoom(t *testing.T) {
	t.Parallel()
	r := newRoom(t.TempDir())
	if err := r.enter().Reserve(t.Context(), 1); err != nil {
		t.Errorf("a byte: %v", err)
	}
	f := transcode.AsFailure(r.enter().Reserve(t.Context(), math.MaxInt64))
	if f == nil || f.Code != transcode.CodeInternal || !strings.Contains(f.Advice, r.dir) ||
		!strings.Contains(f.Advice, "9223372036854775807 bytes") || !strings.Contains(f.Advice, "--scratch") {
		t.Errorf("more than any disk: %+v", f)
	}
	r.dir += "/absent"
	if err := r.enter().Reserve(t.Context(), 1); err == nil || transcode.AsFailure(err) != nil {
		t.Errorf("an absent folder: %v", err)
	}
}

// megabytes is a number of bytes.
func megabytes(n int64) int64 { return n << 20 }

// TestRoomIsShared has two jobs on a disk with room for 12 MB that are about to fetch 8 MB
// each: the second waits until the first one has ended. What is fetched is on the disk, and
// not promised any more.
func TestRoomIsShared(t *testing.T) {
	t.Parallel()
	r := newRoom(disktest.Mount(t, megabytes(16)))
	first, second := r.enter(), r.enter()
	if err := first.Reserve(t.Context(), megabytes(8)); err != nil {
		t.Fatal(err)
	}
	if granted, _, err := r.grant(second, megabytes(8)); granted || err != nil {
		t.Fatalf("beside 8 MB of 12: %t, %v", granted, err)
	}
	if err := second.Reserve(t.Context(), megabytes(13)); transcode.AsFailure(err) == nil {
		t.Errorf("more than the whole disk: %v", err)
	}
	waited := make(chan error, 1)
	go func() { waited <- second.Reserve(t.Context(), megabytes(8)) }()
	first.Fetched()
	first.leave()
	if err := <-waited; err != nil {
		t.Errorf("when the first had left: %v", err)
	}
	if err := r.enter().Reserve(t.Context(), 0); err != nil {
		t.Errorf("a job that fetches nothing: %v", err)
	}
}

// TestWaitForRoomEnds ends the context of a job that waits for room.
func TestWaitForRoomEnds(t *testing.T) {
	t.Parallel()
	r := newRoom(disktest.Mount(t, megabytes(16)))
	if err := r.enter().Reserve(t.Context(), megabytes(8)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if err := r.enter().Reserve(ctx, megabytes(8)); !errors.Is(err, stopped) {
		t.Errorf("error %v", err)
	}
}

// noObserver hears nothing.
type noObserver struct{ Observer }

func (noObserver) Running(int) {}

// filling is a worker on a disk, whose jobs fill it.
func filling(t *testing.T) *Worker {
	t.Helper()
	return New(Config{ID: "w", Scratch: disktest.Mount(t, megabytes(16)), Log: slog.New(slog.DiscardHandler)},
		nil, nil, nil, nil, nil, noObserver{})
}

// fills begins a job that has room, and gives what its attempt and its work end with.
func fills(t *testing.T, w *Worker, id string) (r *runningJob, attempt, work context.Context) {
	t.Helper()
	attempt, end := context.WithCancelCause(t.Context())
	work, fail := context.WithCancelCause(attempt)
	r = w.jobs.begin(&task.Claim{Task: task.Task{JobID: id}}, w.room.enter(), end, fail)
	if err := r.share.Reserve(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	return r, attempt, work
}

func endOf(w *Worker, r *runningJob) {
	r.share.leave()
	w.jobs.end(r)
}

// TestLittleRoom fills the disk step by step. Where the reserve is used nothing begins; where
// half of it is, the job that began last is handed back, and the last one fails. Jobs begin
// again when there is room, and not while one was handed back and another fills the disk.
func TestLittleRoom(t *testing.T) {
	t.Parallel()
	w := filling(t)
	first, attempt, work := fills(t, w, "first")
	second, secondAttempt, _ := fills(t, w, "second")
	look := func(left int64, want string) {
		t.Helper()
		empty := disktest.Fill(t, w.Scratch, left)
		defer empty()
		w.lookAtRoom()
		if got := w.gate.refusal(); want == "" != (got == "") || !strings.Contains(got, want) {
			t.Errorf("with %d bytes left: %q", left, got)
		}
	}
	look(megabytes(6), "")
	look(megabytes(3), "the disk of the scratch folder "+w.Scratch+" is full: 3145728 bytes are free, and 4194304 are "+
		"kept free")
	look(megabytes(4)+4096, "is full") // as much again, before any begins
	look(megabytes(6), "")
	if attempt.Err() != nil || secondAttempt.Err() != nil {
		t.Fatal("a job was stopped while half of the reserve was there")
	}
	look(megabytes(1), "is full")
	look(megabytes(1), "is full") // it is stopping
	if context.Cause(secondAttempt) != errStopped || work.Err() != nil {
		t.Errorf("the second ended with %v, the first with %v", context.Cause(secondAttempt), context.Cause(work))
	}
	endOf(w, second)
	look(megabytes(8), "is full")
	look(megabytes(1), "is full")
	f := transcode.AsFailure(context.Cause(work))
	if attempt.Err() != nil || f == nil || !strings.Contains(f.Advice, w.Scratch) {
		t.Errorf("the first ended with %v", context.Cause(work))
	}
	endOf(w, first)
	look(megabytes(8), "")
}

// TestWhatIsNeeded reads what a client is told when the disk is full.
func TestWhatIsNeeded(t *testing.T) {
	t.Parallel()
	s := newRoom(t.TempDir()).enter()
	advice := s.Full(job.Made{Bytes: 1000, Percent: 25}).Advice
	space, err := disk.Look(s.room.dir)
	if err != nil || space.Total == 0 {
		t.Fatal(space, err)
	}
	for _, want := range []string{s.room.dir, "made 1000 bytes there, at 25 % of its work, and needs about 3000 more",
		"--scratch"} {
		if !strings.Contains(advice, want) {
			t.Errorf("%q is not in %s", want, advice)
		}
	}
	if advice := s.Full(job.Made{Bytes: 1000}).Advice; strings.Contains(advice, "more") {
		t.Errorf("where nothing can be told: %s", advice)
	}
}
