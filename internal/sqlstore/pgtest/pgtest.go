// Package pgtest runs a PostgreSQL server of its own for tests.
package pgtest

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Server is a PostgreSQL server on a Unix socket in a temporary folder. The zero
// value is one that has not started; the first Database starts it. TestMain calls
// Stop when the tests are over.
type Server struct {
	// Durable makes the server sync its files, as in production; for benchmarks.
	Durable bool

	mu        sync.Mutex
	err       error
	dir       string
	process   *os.Process
	ended     chan struct{}
	databases atomic.Int64
}

// Database makes an empty database and returns its URL. Without PostgreSQL on the
// machine the test is skipped, or fails when CI is set.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	bin := programs()
	if bin == "" {
		if os.Getenv("CI") != "" {
			tb.Fatal("PostgreSQL's programs (initdb, postgres) are not installed")
		}
		tb.Skip("PostgreSQL's programs (initdb, postgres) are not installed")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" && s.err == nil {
		if s.err = s.create(bin); s.err == nil {
			s.err = s.start(bin)
		}
	}
	if s.err != nil {
		tb.Fatalf("start PostgreSQL: %v", s.err)
	}
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	db, err := sql.Open("pgx", s.url("postgres"))
	if err == nil {
		_, err = db.ExecContext(tb.Context(), "create database "+name)
		_ = db.Close()
	}
	if err != nil {
		tb.Fatalf("create a database: %v", err)
	}
	return s.url(name)
}

// Down stops the server at once, as a crash does.
func (s *Server) Down(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.process.Signal(syscall.SIGQUIT); err != nil {
		tb.Fatalf("stop PostgreSQL: %v", err)
	}
	<-s.ended
}

// Up starts a server again that is down.
func (s *Server) Up(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.start(programs()); err != nil {
		tb.Fatalf("start PostgreSQL again: %v", err)
	}
}

// Stop ends the server and removes its files.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil && s.process.Signal(syscall.SIGINT) == nil {
		<-s.ended
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// programs is the folder of the newest installed version's programs, "" for none.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is valid
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database,
		RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String()
}

// create makes the server's files. The folder's path is short, as a socket's must be.
func (s *Server) create(bin string) (err error) {
	if s.dir, err = os.MkdirTemp("/tmp", "pgtest"); err != nil {
		return err
	}
	attr, uid, gid, err := account()
	if err != nil {
		return err
	}
	if err := os.Chown(s.dir, uid, gid); err != nil {
		return err
	}
	initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), "--pgdata",
		filepath.Join(s.dir, "data"),
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// account is the user that the server runs as: PostgreSQL refuses to run as root.
func account() (attr *syscall.SysProcAttr, uid, gid int, err error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, os.Getuid(), os.Getgid(), nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, 0, 0, err
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return nil, 0, 0, err
	}
	if gid, err = strconv.Atoi(u.Gid); err != nil {
		return nil, 0, 0, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, uid, gid, nil
}

// start returns when the server says that it accepts connections.
func (s *Server) start(bin string) error {
	attr, _, _, err := account()
	if err != nil {
		return err
	}
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB"}
	if !s.Durable {
		args = append(args, "-c", "fsync=off")
	}
	attr.Pdeathsig = syscall.SIGKILL // a test binary that is killed takes its server along
	cmd := exec.CommandContext(context.Background(), filepath.Join(bin, "postgres"), args...)
	cmd.SysProcAttr, cmd.Dir = attr, s.dir
	log, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	started := make(chan error, 1)
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		runtime.LockOSThread()         // Pdeathsig is sent when this thread ends
		defer runtime.UnlockOSThread() // or it would end here, and with it what others have started from it
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- ready(log)
		_, _ = io.Copy(io.Discard, log)
		_ = cmd.Wait() // ended by a signal
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process = cmd.Process
	return nil
}

// ready reads the server's log up to the line that says so.
func ready(log io.Reader) error {
	var said []string
	for lines := bufio.NewScanner(log); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "ready to accept connections") {
			return nil
		}
	}
	return fmt.Errorf("postgres ended: %s", strings.Join(said, "\n"))
}
