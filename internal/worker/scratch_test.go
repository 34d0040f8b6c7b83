package worker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestScratchOpenedTogether starts workers at the same moment in one root: none
// takes another's for one that died, and a dead one's is gone.
func TestScratchOpenedTogether(t *testing.T) {
	t.Parallel()
	const workers, rounds = 8, 200
	for round := range rounds {
		root := t.TempDir()
		dead := filepath.Join(root, "dead")
		if err := errors.Join(os.MkdirAll(filepath.Join(dead, "attempt"), 0o700),
			os.WriteFile(dead+".lock", nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		var starting sync.WaitGroup
		opened := make([]*scratch, workers)
		for n := range workers {
			starting.Go(func() {
				var err error
				if opened[n], err = openScratch(root, fmt.Sprint("worker", n)); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		starting.Wait()
		if t.Failed() {
			return
		}
		for _, s := range opened {
			held, err := os.Stat(s.lock.Name())
			if own, _ := s.lock.Stat(); err != nil || !os.SameFile(held, own) {
				t.Errorf("round %d: %s is not the lock that its worker holds: %v", round, s.lock.Name(), err)
			}
			s.close()
		}
		if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("round %d: the dead worker's folder: %v", round, err)
		}
	}
}
