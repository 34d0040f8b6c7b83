package restarts

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// watch looks at a bucket's folder all the time and remembers every object as it
// was when it was first seen.
type watch struct {
	dir  string
	stop chan struct{}
	done sync.WaitGroup

	mu     sync.Mutex
	seen   map[string]sight
	faults []string
}

// sight is what reports whether a file has changed.
type sight struct {
	size    int64
	inode   uint64
	changed time.Time
}

// watchFolder watches until the test ends.
func watchFolder(t *testing.T, dir string) *watch {
	w := &watch{dir: dir, stop: make(chan struct{}), seen: map[string]sight{}}
	w.done.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			w.look()
			select {
			case <-tick.C:
			case <-w.stop:
				return
			}
		}
	})
	t.Cleanup(func() {
		close(w.stop)
		w.done.Wait()
	})
	return w
}

func (w *watch) look() {
	now := map[string]sight{}
	_ = filepath.WalkDir(w.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // files go while the walk is on; what is missing shows below
		}
		if info, err := e.Info(); err == nil {
			now[path] = sightOf(info)
		}
		return nil
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	for path, first := range w.seen {
		switch s, there := now[path]; {
		case !there:
			w.faults = append(w.faults, path+" has gone")
			delete(w.seen, path)
		case s != first:
			w.faults = append(w.faults, path+" has changed after it was visible")
		}
	}
	for path, s := range now {
		if _, known := w.seen[path]; !known {
			w.seen[path] = s
		}
	}
}

func sightOf(info fs.FileInfo) sight {
	return sight{info.Size(), info.Sys().(*syscall.Stat_t).Ino, info.ModTime()}
}

// count is how many objects are visible.
func (w *watch) count() int {
	w.look()
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen)
}

// settled checks that every object was, from its first sight on, what it is now.
func (w *watch) settled(t *testing.T, objects map[string]int64) {
	t.Helper()
	w.look()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		t.Error(fault)
	}
	for key, size := range objects {
		if first := w.seen[filepath.Join(w.dir, key)]; first.size != size {
			t.Errorf("%s had %d bytes when it was first seen, and has %d now", key, first.size, size)
		}
	}
}
