package reelastictest

import (
	"bytes"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// Worker is one "reelastic worker" with a data folder of its own. It is killed when the test
// ends, and its log is shown when the test has failed.
type Worker struct {
	// Data is the data folder.
	Data  string
	pid   int
	kill  func()
	ended <-chan struct{}
}

// StartWorker starts a worker with more arguments of "worker". It does not wait until the
// worker takes jobs.
func StartWorker(tb testing.TB, args ...string) *Worker {
	tb.Helper()
	return StartWorkerIn(tb, tb.TempDir(), args...)
}

// StartWorkerIn is [StartWorker] with a data folder that the test has made.
func StartWorkerIn(tb testing.TB, data string, args ...string) *Worker {
	tb.Helper()
	w := &Worker{Data: data}
	log := &syncBuffer{}
	args = append(append([]string{"worker", "--data", w.Data}, testedFFmpeg(args)...), args...)
	cmd := exec.Command(program, args...)
	cmd.Env = append(serverEnv(), "TMPDIR="+tb.TempDir())
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()         // Pdeathsig is sent when this thread ends
		defer runtime.UnlockOSThread() // or it would end here, and with it what others have started from it
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed
		}
	}()
	if err := <-started; err != nil {
		tb.Fatalf("start the worker: %v", err)
	}
	w.pid, w.ended = cmd.Process.Pid, ended
	w.kill = func() { _ = cmd.Process.Kill() } // it may have ended just now
	tb.Cleanup(func() {
		w.Kill()
		if tb.Failed() {
			tb.Logf("the worker's log:\n%s", log.String())
		}
	})
	return w
}

// Kill ends the worker as a crash would.
func (w *Worker) Kill() {
	w.kill()
	<-w.ended
}

// Children are the ids of all processes that the worker has started, directly or not, and
// that still run.
func (w *Worker) Children() []int { return descendants(w.pid) }

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String is what was written so far.
func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
