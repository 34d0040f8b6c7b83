package fleet_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// childEnv names the variable that makes the test program a node.
const childEnv = "REELASTIC_ENGINE_NODE"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := beNode(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// childConfig says what node a child is.
type childConfig struct {
	Name, DSN, NATS, Folder string
	AckWait                 time.Duration
	Slots                   int
	// Takes is how long an encoding takes that is not cued.
	Takes time.Duration
	// MaxAttempts is 5 when it is 0.
	MaxAttempts int
	// Work and Dispatch are its services; Revive is the start of an embedded server.
	Work, Dispatch, Revive bool
	// Cued makes its encoder wait for "finish".
	Cued bool
	// Poison is a job whose encoding kills the process.
	Poison string
}

// line is an entry of the child's journal on its standard output.
type line struct {
	entry
	Text string // of the error
	Lost bool   // the error is ErrLeaseLost
}

// beNode is the child: it tells its journal on standard output and does what
// standard input says ("finish JOB", "write JOB"), until that ends.
func beNode(text string) error {
	var cfg childConfig
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, sqlstore.Config{DSN: cfg.DSN, MaxConns: 6})
	if err != nil {
		return err
	}
	q, err := taskqueue.Open(ctx, taskqueue.Config{URL: cfg.NATS, AckWait: cfg.AckWait, LockTTL: lockTTL,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	objects, err := dir.Open(filepath.Join(cfg.Folder, "objects"))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	j := newJournal()
	j.told = func(e entry) {
		l := line{entry: e, Lost: errors.Is(e.Err, task.ErrLeaseLost)}
		if e.Err != nil {
			l.Text, l.Err = e.Err.Error(), nil
		}
		_ = out.Encode(l) // a parent that is gone has closed standard input, too
	}
	if cfg.Revive {
		if _, err := db.ReviveAll(ctx); err != nil {
			return err
		}
	}
	n := newNode(newWire(cfg.Name, j), db, func() *taskqueue.Queue {
		return q
	}, objects, filepath.Join(cfg.Folder, "scratch"), newRuns())
	n.Slots, n.encoder.cued, n.encoder.takes, n.encoder.poison = cfg.Slots, cfg.Cued, cfg.Takes, cfg.Poison
	n.MaxAttempts = cmp.Or(cfg.MaxAttempts, n.MaxAttempts)
	if cfg.Dispatch {
		n.dispatch()
	}
	if cfg.Work {
		n.work()
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch word, job, _ := strings.Cut(in.Text(), " "); word {
		case "finish":
			n.encoder.finish(job)
		case "write":
			n.writeLate(job)
		}
	}
	return nil
}

// writeLate makes every write of an attempt, as a worker that does not know that
// it has lost its task.
func (n *node) writeLate(job string) {
	claims := n.journal.all(about(job, claimed(n.node)))
	claim := claims[len(claims)-1].claim
	for _, write := range lateWrites(n.store, claim) {
		_ = write() // the journal tells
	}
}

// child is a node in a process of its own.
type child struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	ended chan struct{}
	kill  func()
}

// child starts a node in a process of its own, which tells the cluster's journal.
func (c *cluster) child(t *testing.T, cfg childConfig) *child {
	t.Helper()
	c.nodes++
	cfg.Name, cfg.DSN, cfg.Folder, cfg.AckWait = fmt.Sprint("child", c.nodes), c.dsn, c.folder, c.ackWait
	if c.remote {
		cfg.NATS = c.broker.url()
	}
	cfg.Slots = max(cfg.Slots, 1)
	text := must[[]byte](t)(json.Marshal(cfg))
	p := &child{name: cfg.Name, cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.in = must[io.WriteCloser](t)(p.cmd.StdinPipe())
	out := must[io.ReadCloser](t)(p.cmd.StdoutPipe())
	started := make(chan error, 1)
	go func() {
		defer close(p.ended)
		runtime.LockOSThread()         // Pdeathsig is sent when this thread ends
		defer runtime.UnlockOSThread() // or it would end here, and with it what others have started from it
		err := p.cmd.Start()
		if started <- err; err != nil {
			return
		}
		c.hear(out)
		_ = p.cmd.Wait() // ended by a signal
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	p.kill = sync.OnceFunc(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
	})
	t.Cleanup(p.kill)
	return p
}

// hear reads a child's journal to its end.
func (c *cluster) hear(out io.Reader) {
	for in := json.NewDecoder(out); ; {
		var l line
		if err := in.Decode(&l); err != nil {
			return
		}
		switch {
		case l.Lost:
			l.Err = task.ErrLeaseLost
		case l.Text != "":
			l.Err = errors.New(l.Text)
		}
		c.journal.add(l.entry)
	}
}

func (p *child) say(t *testing.T, words ...string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, strings.Join(words, " ")); err != nil {
		t.Fatal(err)
	}
}

func (p *child) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
