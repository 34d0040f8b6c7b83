package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/wait"
)

// room shares out the disk of the scratch folder among the jobs of a worker. A reserve stays
// free on it: the database may be there.
type room struct {
	dir string

	mu     sync.Mutex
	shares map[*share]bool
	// changed is closed when a share leaves more to the others.
	changed chan struct{}
	// crowded is set when a job was handed back for want of room, until another one ends.
	crowded bool
}

func newRoom(dir string) *room {
	return &room{dir: dir, shares: map[*share]bool{}, changed: make(chan struct{})}
}

// share is what a job has of the room; it is the job's [job.Room].
type share struct {
	room *room
	// promised is what the job is about to fetch, in bytes.
	promised int64
	// granted reports that the job has room: it may fill the disk. Stopped is set when it
	// was told to make room for others.
	granted, stopped bool
	// handedBack reports that it was stopped for the sake of others.
	handedBack bool
}

// enter is a new job's share.
func (r *room) enter() *share {
	s := &share{room: r}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shares[s] = true
	return s
}

// leave gives the share back, when what the job had in the folder is gone.
func (s *share) leave() {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	delete(s.room.shares, s)
	if !s.handedBack || len(s.room.shares) == 0 {
		s.room.crowded = false
	}
	s.room.tell()
}

func (r *room) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Reserve waits as long as other jobs of the worker have what this one lacks.
func (s *share) Reserve(ctx context.Context, bytes int64) error {
	for {
		granted, changed, err := s.room.grant(s, bytes)
		if granted || err != nil {
			return err
		}
		again, end := context.WithTimeout(ctx, roomEvery) // others write on the disk, too
		select {
		case <-changed:
		case <-again.Done():
		}
		end()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// roomEvery is how often a job that waits for room looks for it by itself.
const roomEvery = 2 * time.Second

// grant promises room to a job. Where there is none yet, changed is closed when there may
// be; where there will be none, it is a [*transcode.Failure].
func (r *room) grant(s *share, bytes int64) (granted bool, changed <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	space, err := disk.Look(r.dir)
	if err != nil {
		return false, nil, err
	}
	left, others := space.Room(), false
	for o := range r.shares {
		left -= o.promised
		others = others || o != s && o.granted
	}
	switch {
	case bytes == 0 || bytes <= left:
		s.promised, s.granted = bytes, true
		return true, nil, nil
	case others && bytes <= space.Total-space.Reserve():
		return false, r.changed, nil
	}
	return false, nil, transcode.NoRoom(fmt.Sprintf("The scratch folder %s needs %d bytes for the inputs of this job, "+
		"and has %d. Make room on its disk, or give another one with --scratch.", r.dir, bytes, max(left, 0)))
}

// Fetched tells that what was promised is on the disk by now.
func (s *share) Fetched() {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.promised = 0
	s.room.tell()
}

// settle tells that the job makes nothing more: it is about to give its room back.
func (s *share) settle() {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.granted = false
}

// Full is the failure of a job that the disk has no room for.
func (s *share) Full(made job.Made) *transcode.Failure {
	stands := ""
	if space, err := disk.Look(s.room.dir); err == nil {
		stands = fmt.Sprintf(" %d of its disk's %d bytes are free, and %d are kept free.", space.Free, space.Total,
			space.Reserve())
	}
	needs := ""
	if missing := made.Missing(); missing > 0 {
		needs = fmt.Sprintf(", and needs about %d more", missing)
	}
	return transcode.NoRoom(fmt.Sprintf("The scratch folder %s is full.%s This job had made %d bytes there, at "+
		"%.0f %% of its work%s. Make room on that disk, or give another folder with --scratch, and submit the job "+
		"again.",
		s.room.dir, stands, made.Bytes, made.Percent, needs))
}

// lookEvery is how often the room is looked at. In between part of the reserve is used.
const lookEvery = 50 * time.Millisecond

// watchRoom looks at the room until ctx ends.
func (w *Worker) watchRoom(ctx context.Context) {
	for wait.For(ctx, lookEvery) == nil {
		w.lookAtRoom()
	}
}

// lookAtRoom lets no job begin while the reserve is used, and stops one when half of it is.
func (w *Worker) lookAtRoom() {
	space, err := disk.Look(w.Scratch)
	if err != nil {
		w.shut(noRoom, fmt.Sprintf("the scratch folder can't be looked at: %v", err))
		return
	}
	switch again := space.Reserve() / 4; {
	case space.Room() <= 0:
		w.shut(noRoom, fmt.Sprintf("the disk of the scratch folder %s is full: %d bytes are free, and %d are "+
			"kept free", w.Scratch, space.Free, space.Reserve()))
	case space.Room() > again && !w.room.isCrowded():
		w.shut(noRoom, "")
	}
	if space.Low() {
		w.makeRoom()
	}
}

func (r *room) isCrowded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crowded
}

// shut lets no job begin for a reason, or takes the reason away (""), and tells of it once.
func (w *Worker) shut(r reason, why string) {
	if !w.gate.set(r, why) {
		return
	}
	if why == "" {
		w.Log.Info("jobs begin again", "worker", w.ID)
	} else {
		w.Log.Error("no job begins", "worker", w.ID, "reason", why)
	}
	w.jobs.tell()
}

// makeRoom stops the job that began last of those that fill the disk, and waits with the
// next one until that is gone. One that is alone has failed; else it is handed back, to
// begin again when another one has ended.
func (w *Worker) makeRoom() {
	var last *runningJob
	filling := 0
	for _, r := range w.jobs.all() {
		granted, stopped := r.share.state()
		if stopped {
			return
		}
		if granted {
			last = r
			filling++
		}
	}
	if last == nil {
		return
	}
	last.share.stop(filling > 1)
	log := w.Log.With("job", last.claim.Task.JobID, "worker", w.ID, "folder", w.Scratch)
	if filling > 1 {
		log.Warn("the disk of the scratch folder is full: the job that began last is handed back")
		last.end(errStopped)
		return
	}
	log.Warn("the disk of the scratch folder is full: the job is stopped")
	last.fail(last.share.Full(last.made()))
}

func (s *share) state() (granted, stopped bool) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	return s.granted, s.stopped
}

// stop notes that the job is told to end, and whether it is handed back beside others.
func (s *share) stop(handBack bool) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.stopped, s.handedBack = true, handBack
	s.room.crowded = s.room.crowded || handBack
}
