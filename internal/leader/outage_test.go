package leader

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	for n := range 100 {
		full := min(time.Second<<min(n, 20), 5*time.Minute)
		for range 20 {
			if d := Backoff(n, time.Second, 5*time.Minute); d < full/2 || d > full {
				t.Fatalf("after %d tries %v, want %v to %v", n, d, full/2, full)
			}
		}
	}
}
