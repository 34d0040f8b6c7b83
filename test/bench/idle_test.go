package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// emptyStarts is how many servers are started on an empty folder.
const emptyStarts = 12

// idleFor is how long a server has nothing to do before its memory is read.
const idleFor = 3 * time.Second

// BenchmarkIdle is the time from the start of the process to the first 200 of
// /healthz, on an empty folder and again on the same one, and the memory of the
// idle server (resident set, the program's own pages included).
func BenchmarkIdle(b *testing.B) {
	load(b)
	var empty, again, memory []float64
	for range emptyStarts {
		began := time.Now()
		s := reelastictest.Start(b, "--workers", "1")
		empty = append(empty, milliseconds(time.Since(began)))
		time.Sleep(idleFor)
		memory = append(memory, residentMegabytes(b, s.PID()))
		s.Kill()
		began = time.Now()
		s.Restart()
		again = append(again, milliseconds(time.Since(began)))
		s.Kill()
	}
	results.below(b, "start on an empty folder to healthy, median", median(empty), 500, "ms")
	results.below(b, "start on an empty folder to healthy, worst", quantile(empty, 1), 500, "ms")
	results.below(b, "start again after SIGKILL to healthy, worst", quantile(again, 1), 500, "ms")
	results.below(b, "memory of the idle server, median", median(memory), 60, "MB")
	results.below(b, "memory of the idle server, worst", quantile(memory, 1), 60, "MB")
}

// residentMegabytes is a process's resident set in units of 10⁶ bytes.
func residentMegabytes(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kibibytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			if err != nil {
				b.Fatal(err)
			}
			return float64(kibibytes) * 1024 / 1e6
		}
	}
	b.Fatal("no VmRSS in /proc")
	return 0
}
