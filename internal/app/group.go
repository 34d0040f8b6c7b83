package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// group runs services until its context ends or one of them fails, which ends
// the others. Services that others need to the end stop last.
type group struct {
	ctx, lastCtx context.Context
	stop         context.CancelFunc
	stopLast     context.CancelFunc
	first, last  sync.WaitGroup
	mu           sync.Mutex
	errs         []error
}

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.lastCtx, g.stopLast = context.WithCancel(context.WithoutCancel(ctx))
	g.ctx, g.stop = context.WithCancel(ctx)
	return g
}

// run starts a service.
func (g *group) run(name string, service func(context.Context) error) {
	g.first.Go(func() { g.guard(g.ctx, name, service) })
}

// runLast starts a service that stops after all others have.
func (g *group) runLast(name string, service func(context.Context) error) {
	g.last.Go(func() { g.guard(g.lastCtx, name, service) })
}

func (g *group) guard(ctx context.Context, name string, service func(context.Context) error) {
	err := service(ctx)
	if ctx.Err() == nil || (err != nil && !errors.Is(err, context.Canceled)) {
		g.mu.Lock()
		g.errs = append(g.errs, fmt.Errorf("%s: %w", name, errors.Join(err, unexpected(err))))
		g.mu.Unlock()
	}
	g.stop()
}

// unexpected says why a service that ended on its own without an error is one.
func unexpected(err error) error {
	if err == nil {
		return errors.New("ended on its own")
	}
	return nil
}

// wait returns when all services have ended.
func (g *group) wait() error {
	<-g.ctx.Done()
	g.first.Wait()
	g.stopLast()
	g.last.Wait()
	return errors.Join(g.errs...)
}
