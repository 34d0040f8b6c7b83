package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// services run until their context ends or one of them fails, which ends the others.
// Those that others need to the end stop last.
type services struct {
	ctx, lastCtx context.Context
	stop         context.CancelFunc
	stopLast     context.CancelFunc
	first, last  sync.WaitGroup
	mu           sync.Mutex
	errs         []error
}

// startServices begins with none.
func startServices(ctx context.Context) *services {
	s := &services{}
	s.lastCtx, s.stopLast = context.WithCancel(context.WithoutCancel(ctx))
	s.ctx, s.stop = context.WithCancel(ctx)
	return s
}

// run starts a service.
func (s *services) run(name string, service func(context.Context) error) {
	s.first.Go(func() { s.guard(s.ctx, name, service) })
}

// runLast starts a service that stops after all others have.
func (s *services) runLast(name string, service func(context.Context) error) {
	s.last.Go(func() { s.guard(s.lastCtx, name, service) })
}

func (s *services) guard(ctx context.Context, name string, service func(context.Context) error) {
	err := service(ctx)
	if ctx.Err() == nil || (err != nil && !errors.Is(err, context.Canceled)) {
		s.mu.Lock()
		s.errs = append(s.errs, fmt.Errorf("%s: %w", name, errors.Join(err, unexpected(err))))
		s.mu.Unlock()
	}
	s.stop()
}

// unexpected says why a service that ended on its own without an error is one.
func unexpected(err error) error {
	if err == nil {
		return errors.New("ended on its own")
	}
	return nil
}

// wait returns when all services have ended.
func (s *services) wait() error {
	<-s.ctx.Done()
	s.first.Wait()
	s.stopLast()
	s.last.Wait()
	return errors.Join(s.errs...)
}
