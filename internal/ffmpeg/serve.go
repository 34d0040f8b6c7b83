package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
)

// relaySocket is the name of the socket in the folder of a run for it.
const relaySocket = "socket"

// Bounds of what a confined program may ask at a time.
const (
	mostConnections = 16
	mostRequestHead = 8 << 10
	headWithin      = 10 * time.Second
)

// InPlace reports whether programs can read files while they arrive: where bubblewrap gives each
// run a network of its own.
func (r *Runner) InPlace(ctx context.Context) bool {
	t, err := r.ready(ctx)
	return err == nil && t.box.kind == Bubblewrap
}

// Arrives lets the programs that are run for the folder read a file of it that still
// arrives, until end is called.
func (r *Runner) Arrives(dir, name string, file *folder.Arriving) (end func()) {
	key := filepath.Join(dir, name)
	r.arrivals.Store(key, file)
	return func() { r.arrivals.Delete(key) }
}

// arriving are those of some files of a folder that are not there as a whole.
func (r *Runner) arriving(dir string, names []string) map[string]*folder.Arriving {
	found := map[string]*folder.Arriving{}
	for _, name := range names {
		if file, ok := r.arrivals.Load(filepath.Join(dir, name)); ok && !file.(*folder.Arriving).Complete() {
			found[name] = file.(*folder.Arriving)
		}
	}
	return found
}

// arrived waits until a file of a folder is there as a whole.
func (r *Runner) arrived(ctx context.Context, dir, name string) error {
	for _, file := range r.arriving(dir, []string{name}) {
		return file.Wait(ctx)
	}
	return nil
}

// addressOf is where a confined program finds a file that arrives.
func addressOf(name string) string { return "http://" + relayAddress + "/" + name }

// allowRelay lets the options of an input reach the relay.
func allowRelay(options []string) {
	for i := range options {
		if i > 0 && options[i-1] == "-protocol_whitelist" {
			options[i] = "http,tcp"
		}
	}
}

// anyMissing reports whether a part of the files is not there yet.
func anyMissing(files map[string]*folder.Arriving) bool {
	for _, file := range files {
		if !file.Complete() {
			return true
		}
	}
	return false
}

// lost is why one of the files does not come; nil as long as all do.
func lost(files map[string]*folder.Arriving) error {
	for name, file := range files {
		if err := file.Err(); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}

// serving lets the run of a confined program read files that arrive, through the socket in
// the folder relay, which is "" where there are none. Should one of them not come, the
// context that it returns ends with the reason; end ends the service.
func serving(ctx context.Context, run *folder.Confined, files map[string]*folder.Arriving) (
	served context.Context, relay string, end func(), err error,
) {
	if len(files) == 0 {
		return ctx, "", func() {}, nil
	}
	if relay, err = run.Relay(); err != nil {
		return nil, "", nil, fmt.Errorf("serve inputs: %w", err)
	}
	served, cancel := context.WithCancelCause(ctx)
	s, err := serve(served, relay, files)
	if err != nil {
		cancel(nil)
		return nil, "", nil, err
	}
	var watchers sync.WaitGroup
	for _, file := range files {
		watchers.Go(func() {
			if file.Wait(served) != nil {
				cancel(lost(files))
			}
		})
	}
	return served, relay, func() {
		cancel(nil)
		s.close()
		watchers.Wait()
	}, nil
}

// service answers a confined program with ranges of some files, through a socket, and with
// nothing else.
type service struct {
	server *http.Server
	ended  chan struct{}
}

// serve begins to answer at a socket in the folder, which no other program sees, until
// [service.close].
func serve(ctx context.Context, dir string, files map[string]*folder.Arriving) (*service, error) {
	ln, err := listenIn(dir)
	if err != nil {
		return nil, fmt.Errorf("serve inputs: %w", err)
	}
	s := &service{ended: make(chan struct{}), server: &http.Server{
		Handler:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answerRange(w, r, files) }),
		BaseContext: func(net.Listener) context.Context { return ctx }, ReadHeaderTimeout: headWithin,
		MaxHeaderBytes: mostRequestHead, ErrorLog: log.New(io.Discard, "", 0), // what a hostile program makes it say
	}}
	go func() {
		defer close(s.ended)
		_ = s.server.Serve(&limitedListener{ln, make(chan struct{}, mostConnections)}) // until it is closed
	}()
	return s, nil
}

// close ends all connections.
func (s *service) close() {
	_ = s.server.Close() // nothing is lost
	<-s.ended
}

// listenIn listens at a socket whose path may be longer than addresses are.
func listenIn(dir string) (net.Listener, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer d.Close()
	ln, err := net.Listen("unix", fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), relaySocket))
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // the folder goes with it
	return ln, nil
}

// limitedListener has so many connections at a time, and closes those beyond them.
type limitedListener struct {
	net.Listener
	open chan struct{}
}

func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.open <- struct{}{}:
			return &limitedConn{Conn: c, leave: sync.OnceFunc(func() { <-l.open })}, nil
		default:
			c.Close()
		}
	}
}

// limitedConn makes room for another connection when it is closed.
type limitedConn struct {
	net.Conn
	leave func()
}

func (c *limitedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// answerRange gives a range of one of the files.
func answerRange(w http.ResponseWriter, r *http.Request, files map[string]*folder.Arriving) {
	file := files[strings.TrimPrefix(r.URL.Path, "/")]
	if file == nil || r.URL.RawQuery != "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	from, to, ranged := parseRange(r.Header.Get("Range"), file.Size())
	if from >= to {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", file.Size()))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	w.Header().Set("Accept-Ranges", "bytes")
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(to-from, 10))
	status := http.StatusOK
	if ranged {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, file.Size()))
		status = http.StatusPartialContent
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := io.Copy(w, io.NewSectionReader(file.Reader(r.Context()), from, to-from)); err != nil {
		panic(http.ErrAbortHandler) // the program must not take that for the end
	}
}

// parseRange reads the one range that may be asked for, "bytes=FROM-" or "bytes=FROM-TO", of
// a file of so many bytes. Anything else is the whole file.
func parseRange(header string, size int64) (from, to int64, ranged bool) {
	text, ok := strings.CutPrefix(header, "bytes=")
	first, last, both := strings.Cut(text, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !ok || !both || err != nil || from < 0 {
		return 0, size, false
	}
	to, err = strconv.ParseInt(last, 10, 64)
	if last == "" || errors.Is(err, strconv.ErrRange) || err == nil && to >= size {
		to, err = size-1, nil
	}
	if err != nil {
		return 0, size, false
	}
	return from, to + 1, true
}
