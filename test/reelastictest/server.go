package reelastictest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/test/analyser"
)

// Server is one "reelastic serve" with a data folder of its own. It is stopped
// when the test ends, and its log is shown when the test has failed.
type Server struct {
	// Data is the data folder; the buckets are folders in Data/buckets.
	Data string
	// CertFile is the certificate of a server that speaks TLS, "" otherwise.
	CertFile string

	tb   testing.TB
	args []string
	addr string // as the first start chose it
	http *http.Client
	// unprivileged: root's server has none of root's rights.
	unprivileged bool

	mu   sync.Mutex
	log  strings.Builder
	keys map[string][]byte          // of playlists by their addresses
	put  map[string]map[string]bool // what the test has put, by bucket and key

	s3      *s3test.Server // nil for folders
	env     []string       // beside the test's own
	process *os.Process
	ended   chan struct{}
	state   *os.ProcessState // valid when ended is closed
}

// readyWithin bounds the start of a server on a busy machine.
const readyWithin = 60 * time.Second

// Start starts a server with more arguments of "serve" and returns when it is ready.
// With REELASTIC_TEST_STORAGE=s3 its buckets are in an S3 server, see [StartS3].
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	if os.Getenv("REELASTIC_TEST_STORAGE") == "s3" {
		return StartS3(tb, args...)
	}
	return start(&Server{tb: tb, Data: tb.TempDir(), args: args, addr: "127.0.0.1:0"})
}

// StartWith is [Start] for a server with more of an environment.
func StartWith(tb testing.TB, env []string, args ...string) *Server {
	tb.Helper()
	return start(&Server{tb: tb, Data: tb.TempDir(), args: args, addr: "127.0.0.1:0", env: env})
}

// StartIn is [Start] for a server with a data folder that the test has made.
func StartIn(tb testing.TB, data string, args ...string) *Server {
	tb.Helper()
	return start(&Server{tb: tb, Data: data, args: args, addr: "127.0.0.1:0"})
}

// StartS3 is [Start] for a server whose buckets are in an S3 server of the test's
// own. That one keeps them as folders in Data/buckets, so that all methods of
// [Server] do as with folders.
func StartS3(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return StartS3Behind(tb, nil, args...)
}

// StartS3Behind is [StartS3] with a proxy in front of the S3 server, see
// [s3test.Server.Proxy]; nil for none.
func StartS3Behind(tb testing.TB, front s3test.Front, args ...string) *Server {
	tb.Helper()
	s := withS3(tb)
	endpoint := s.s3.Endpoint
	if front != nil {
		endpoint = s.s3.Proxy(tb, front)
	}
	s.args = append([]string{"--storage", s3test.Storage(endpoint)}, args...)
	return start(s)
}

// StartS3Named is [StartS3] for a server that reaches every bucket by a host of its name.
func StartS3Named(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s, names := withS3(tb), s3test.Names()
	tb.Cleanup(names.Close)
	s.env = append(s.env, "HTTP_PROXY="+names.URL)
	storage := s3test.Storage(s.s3.Named()) + "&path-style=false"
	s.args = append([]string{"--storage", storage, "--plaintext", "http"}, args...)
	return start(s)
}

// StartStore is [Start] for a server whose buckets are in a store that the test has
// started, which it reaches with more of an environment.
func StartStore(tb testing.TB, storage string, env []string, args ...string) *Server {
	tb.Helper()
	return start(&Server{tb: tb, Data: tb.TempDir(), addr: "127.0.0.1:0", env: env,
		args: append([]string{"--storage", storage}, args...)})
}

// withS3 is a server to be started, whose buckets are in an S3 server that runs.
func withS3(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{tb: tb, Data: tb.TempDir(), addr: "127.0.0.1:0", env: s3test.Environment()}
	buckets := filepath.Join(s.Data, "buckets")
	if err := os.MkdirAll(buckets, 0o755); err != nil {
		tb.Fatal(err)
	}
	s.s3 = s3test.StartIn(tb, buckets)
	return s
}

// S3 is the server with the buckets; nil where they are folders.
func (s *Server) S3() *s3test.Server { return s.s3 }

// StartUnprivileged is [Start] for a server to which the permissions of files
// apply, also when root runs the test: it owns files as their owner does, but
// stands in a user namespace.
func StartUnprivileged(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return start(&Server{tb: tb, Data: tb.TempDir(), args: args, addr: "127.0.0.1:0", unprivileged: os.Getuid() == 0})
}

func start(s *Server) *Server {
	tb := s.tb
	tb.Helper()
	s.start()
	tb.Cleanup(func() {
		if _, ok := tb.(*testing.T); ok && !tb.Failed() {
			s.analyse()
		}
		s.stop()
		if tb.Failed() {
			tb.Logf("the server's log:\n%s", s.Log())
		}
	})
	return s
}

// analyse reads every playlist and manifest that the test's jobs have published, and
// all that these name, as [analyser.Check] does.
func (s *Server) analyse() {
	s.tb.Helper()
	buckets := filepath.Join(s.Data, "buckets")
	entries, err := os.ReadDir(buckets)
	if err != nil {
		return // they are elsewhere, or there are none
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			analyser.Check(s.tb, filepath.Join(buckets, e.Name()), s.keys, s.put[e.Name()])
		}
	}
}

// PlaylistKey tells the key of encrypted segments that playlists have at an address which
// is no object of theirs, for the analysis at the test's end.
func (s *Server) PlaylistKey(address string, key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[string][]byte{}
	}
	s.keys[address] = key
}

// attributes are those of the server's process.
func (s *Server) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed takes its server along
	if s.unprivileged {
		const somebody = 1000
		a.Cloneflags = syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: somebody, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: somebody, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// Restart starts the server again, on the same address and data, after
// [Server.Kill] or [Server.Terminate].
func (s *Server) Restart() {
	s.tb.Helper()
	s.start()
}

// Kill ends the server at once, as a crash does.
func (s *Server) Kill() {
	s.tb.Helper()
	if err := s.process.Kill(); err != nil {
		s.tb.Fatalf("kill the server: %v", err)
	}
	<-s.ended
}

// Terminate sends SIGTERM and returns the exit status. A server that goes on
// for longer than the given time fails the test.
func (s *Server) Terminate(within time.Duration) int {
	s.tb.Helper()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		s.tb.Fatalf("terminate the server: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(within):
		s.tb.Fatalf("the server still runs %s after SIGTERM", within)
	}
	return s.state.ExitCode()
}

// Endpoint is the server's address for clients.
func (s *Server) Endpoint() string {
	if s.CertFile != "" {
		return "https://" + s.addr
	}
	return "http://" + s.addr
}

// Addr is the server's host and port.
func (s *Server) Addr() string { return s.addr }

// PID is the process id of the latest start.
func (s *Server) PID() int { return s.process.Pid }

// Log is what the server has logged so far, over all starts.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// stop ends a server that still runs. What it was doing does not matter any more.
func (s *Server) stop() {
	select {
	case <-s.ended:
		return
	default:
	}
	_ = s.process.Kill() // it may have ended just now
	<-s.ended
}

func (s *Server) start() {
	s.tb.Helper()
	args := append([]string{"serve", "--data", s.Data, "--listen", s.addr, "--log-format", "json"},
		testedFFmpeg(s.args)...)
	args = append(args, s.args...)
	cmd := exec.Command(program, args...)
	cmd.Env = append(append(serverEnv(), s.env...), "TMPDIR="+s.tb.TempDir())
	cmd.SysProcAttr = s.attributes()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		s.tb.Fatal(err)
	}
	started := make(chan error, 1)
	addr := make(chan string, 1)
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		runtime.LockOSThread()         // Pdeathsig is sent when this thread ends
		defer runtime.UnlockOSThread() // or it would end here, and with it what others have started from it
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		s.follow(stderr, addr)
		_ = cmd.Wait() // the state tells
		s.state = cmd.ProcessState
	}()
	if err := <-started; err != nil {
		s.tb.Fatalf("start the server: %v", err)
	}
	s.process = cmd.Process
	select {
	case s.addr = <-addr:
	case <-s.ended:
		s.tb.Fatalf("the server ended:\n%s", s.Log())
	case <-time.After(readyWithin):
		s.tb.Fatalf("the server does not serve after %s:\n%s", readyWithin, s.Log())
	}
	s.awaitHealth()
}

// follow keeps the log and sends the address of the line that says it.
func (s *Server) follow(log io.Reader, addr chan<- string) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.mu.Lock()
		s.log.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		var event struct{ Msg, Listen string }
		if json.Unmarshal(lines.Bytes(), &event) == nil && event.Msg == "serving" {
			addr <- event.Listen
		}
	}
}

func (s *Server) awaitHealth() {
	s.tb.Helper()
	Poll(s.tb, readyWithin, "GET /healthz is not 200", func() bool {
		resp, err := s.HTTP().Get(s.Endpoint() + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// testedFFmpeg makes a server use the ffmpeg under test, where that is not the
// machine's own. Only in the sandbox does it find its libraries; without one the
// command in PATH brings them.
func testedFFmpeg(args []string) []string {
	program := os.Getenv("REELASTIC_TEST_FFMPEG")
	if i := slices.Index(args, "--sandbox"); program != "" && (i < 0 || args[i+1] != "off") {
		return []string{"--ffmpeg", program}
	}
	return nil
}

// serverEnv is the environment without settings of the program.
func serverEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "REELASTIC_") {
			env = append(env, v)
		}
	}
	return env
}

// Poll asks every tenth of a second until done tells true. After the given time
// the test fails with the text.
func Poll(tb testing.TB, within time.Duration, otherwise string, done func() bool) {
	tb.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("after %s: %s", within, otherwise)
		}
	}
}

// OnS3 reports whether the buckets are in an S3 server.
func (s *Server) OnS3() bool { return s.s3 != nil }

// Port is the server's port.
func (s *Server) Port() string {
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		s.tb.Fatal(err)
	}
	return port
}

// Bucket makes a bucket where there is none and returns its folder.
func (s *Server) Bucket(name string) string {
	s.tb.Helper()
	dir := filepath.Join(s.Data, "buckets", name)
	if _, err := os.Stat(dir); err != nil && s.s3 != nil {
		s.s3.Bucket(s.tb, name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.tb.Fatal(err)
	}
	return dir
}

// PutText makes an object of some content.
func (s *Server) PutText(bucket, key, content string) {
	s.tb.Helper()
	if err := os.WriteFile(s.place(bucket, key), []byte(content), 0o600); err != nil {
		s.tb.Fatal(err)
	}
}

// place is where the test is to write an object.
func (s *Server) place(bucket, key string) string {
	s.tb.Helper()
	s.remember(bucket, key)
	path := filepath.Join(s.Bucket(bucket), filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.tb.Fatal(err)
	}
	return path
}

// Put copies a file into a bucket.
func (s *Server) Put(bucket, key, file string) {
	s.tb.Helper()
	path := s.place(bucket, key)
	in, err := os.Open(file)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		s.tb.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		s.tb.Fatal(err)
	}
	if err := out.Close(); err != nil {
		s.tb.Fatal(err)
	}
}

// remember notes an object that no job has made.
func (s *Server) remember(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.put == nil {
		s.put = map[string]map[string]bool{}
	}
	if s.put[bucket] == nil {
		s.put[bucket] = map[string]bool{}
	}
	s.put[bucket][key] = true
}

// Key runs a command of "reelastic key" with an input, and returns what it printed.
func (s *Server) Key(tb testing.TB, input []byte, command string) []byte {
	tb.Helper()
	return Pipe(tb, input, program, "key", command, "--data", s.Data)
}

// Objects are the keys in a bucket with their sizes in bytes.
func (s *Server) Objects(bucket string) map[string]int64 {
	s.tb.Helper()
	dir := s.Bucket(bucket)
	found := map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		key, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		found[filepath.ToSlash(key)] = info.Size()
		return nil
	})
	if err != nil {
		s.tb.Fatal(err)
	}
	return found
}

// Children are the ids of all processes that the server has started, directly or
// not, and that still run.
func (s *Server) Children() []int {
	s.tb.Helper()
	return descendants(s.process.Pid)
}

func descendants(pid int) (found []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is valid
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				continue
			}
			found = append(append(found, child), descendants(child)...)
		}
	}
	return found
}
