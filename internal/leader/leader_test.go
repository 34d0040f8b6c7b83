package leader

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// queue fails so many calls of each kind, then wakes and lets lead.
type queue struct {
	refuse, deaf  int
	woken         chan struct{}
	name, holders []string
}

func (q *queue) Woken(context.Context) (<-chan struct{}, error) {
	if q.deaf--; q.deaf >= 0 {
		return nil, errors.New("deaf on cue")
	}
	return q.woken, nil
}

func (q *queue) Lead(ctx context.Context, name, holder string, lead func(context.Context)) error {
	if q.refuse--; q.refuse >= 0 {
		return errors.New("refused on cue")
	}
	q.name, q.holders = append(q.name, name), append(q.holders, holder)
	lead(ctx)
	return nil
}

func newLeader(q *queue) (*Leader, *bytes.Buffer) {
	log := new(bytes.Buffer)
	return New("sweeping", "", q, slog.New(slog.NewTextHandler(log, nil))), log
}

// The lead is taken again after refusals, and again when it was lost, until the end.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	q := &queue{refuse: 2}
	l, log := newLeader(q)
	led := 0
	l.Run(ctx, func(context.Context) {
		if led++; led == 3 {
			cancel()
		}
	})
	if led != 3 || q.name[0] != "sweeping" || q.holders[0] == "" || q.holders[0] != q.holders[2] {
		t.Errorf("led %d times, as %q of %q", led, q.holders, q.name)
	}
	text := log.String()
	if strings.Count(text, "fails at its work") != 1 || strings.Count(text, "goes on again") != 1 ||
		!strings.Contains(text, "work=lead") {
		t.Errorf("the log of one outage:\n%s", text)
	}
}

// A round comes at once, at every wake, and soon after one that failed.
func TestLoop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	q := &queue{deaf: 1, woken: make(chan struct{}, 1)}
	l, log := newLeader(q)
	rounds := 0
	l.Loop(ctx, "work", time.Hour, l.Woken(ctx), func(context.Context) error {
		switch rounds++; rounds {
		case 1, 4:
			Signal(q.woken)
			Signal(q.woken) // one wake is as good as two
		case 2, 3:
			return errors.New("failed on cue")
		case 5:
			cancel()
		}
		return nil
	})
	if rounds != 5 {
		t.Errorf("%d rounds", rounds)
	}
	text := log.String()
	if strings.Count(text, "failed on cue") != 1 || strings.Count(text, "work=work tries=2") != 1 ||
		strings.Count(text, "deaf on cue") != 1 {
		t.Errorf("the log of two outages:\n%s", text)
	}
}

// A closed channel of wakes leaves the interval.
func TestLoopWithoutWakes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	q := &queue{woken: make(chan struct{})}
	close(q.woken)
	l, _ := newLeader(q)
	rounds := 0
	l.Loop(ctx, "work", time.Millisecond, l.Woken(ctx), func(context.Context) error {
		if rounds++; rounds == 3 {
			cancel()
		}
		return nil
	})
	if rounds != 3 {
		t.Errorf("%d rounds", rounds)
	}
}
