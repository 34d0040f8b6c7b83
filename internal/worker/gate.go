package worker

import (
	"cmp"
	"context"
	"sync"
)

// reason is why a worker takes no jobs.
type reason int

const (
	// drained: an operator has said so.
	drained reason = iota
	// noRoom: the disk of the scratch folder is full.
	noRoom
	// noEncoder: ffmpeg, or what confines it, can't be run.
	noEncoder
	// noStore: the object store can't be reached, or does not know the credentials.
	noStore

	reasons
)

// gate is where the worker takes jobs. It is shut as long as there is a reason. The zero
// value is open.
type gate struct {
	mu sync.Mutex
	// why has a sentence for each reason that holds.
	why [reasons]string
	// changing ends when the gate opens or shuts.
	changing context.Context
	change   context.CancelFunc
}

// shut reports whether no jobs are taken.
func (g *gate) shut() bool {
	shut, _ := g.state()
	return shut
}

// state is whether the gate is shut, and what ends when that changes.
func (g *gate) state() (shut bool, changing context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changing == nil {
		g.changing, g.change = context.WithCancel(context.Background())
	}
	return g.why != [reasons]string{}, g.changing
}

// set shuts the gate for a reason, or takes the reason away (""). It reports whether that
// is new.
func (g *gate) set(r reason, why string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.why
	g.why[r] = why
	none := [reasons]string{}
	if (before == none) != (g.why == none) && g.changing != nil {
		g.change()
		g.changing = nil
	}
	return (before[r] == "") != (why == "")
}

// holds reports whether a reason holds.
func (g *gate) holds(r reason) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why[r] != ""
}

// refusal says why the worker takes no jobs though no operator drains it; "" where it does.
func (g *gate) refusal() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.why[drained] != "" {
		return ""
	}
	return cmp.Or(g.why[noEncoder], g.why[noStore], g.why[noRoom])
}

// pass waits until the gate is open. The returned context ends when it shuts; the caller
// ends it before.
func (g *gate) pass(ctx context.Context) (context.Context, context.CancelFunc) {
	for {
		shut, changing := g.state()
		if !shut {
			open, end := context.WithCancel(ctx)
			stop := context.AfterFunc(changing, end)
			return open, func() { stop(); end() }
		}
		select {
		case <-changing.Done():
		case <-ctx.Done():
			return context.WithCancel(ctx)
		}
	}
}
