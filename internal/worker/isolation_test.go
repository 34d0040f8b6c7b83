package worker

import (
	"testing"
	"testing/synctest"
)

// TestIsolation lets one wait for those that run, keeps others away from then on, and lets
// them in again at the end.
func TestIsolation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var i isolation
		leave, ok := i.enter()
		if _, again := i.enter(); !ok || !again {
			t.Fatal("two can't be side by side")
		}
		alone := make(chan func())
		go func() { alone <- i.isolate() }() // the second one
		end := func() func() {
			leave()
			return <-alone
		}()
		if _, ok := i.enter(); ok {
			t.Error("another has begun beside the one that is alone")
		}
		end()
		if _, ok := i.enter(); !ok {
			t.Error("none can begin after it")
		}
	})
}
