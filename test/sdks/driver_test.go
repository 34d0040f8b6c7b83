package sdks

import (
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// process is a client in a program of its own.
type process struct{ *reelastictest.Driver }

// driver opens a client by running one of the driver programs.
func driver(command ...string) func(*testing.T, setup) client {
	return func(t *testing.T, s setup) client { return open(t, s, command...) }
}

func open(t *testing.T, s setup, command ...string) process {
	t.Helper()
	return process{reelastictest.StartDriver(t, s.env(), command...)}
}

func (p process) ask(t *testing.T, r request) (a answer) {
	t.Helper()
	p.Exchange(t, r, &a)
	return a
}
