package taskqueue

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startLimit bounds how long the in-process server may take to be ready.
const startLimit = 10 * time.Second

// embedded is a NATS server inside this process. It has no port, takes no
// signals for itself and stores nothing on disk.
type embedded struct {
	ns *server.Server
	// tempDir is removed on stop; "" when the folder is the caller's.
	tempDir string
	// lock tells others that the folder is in use.
	lock *os.File
}

// tempName begins the names of temporary folders, lockName is the file in them that their
// process has locked.
const tempName, lockName = "reelastic-nats-", "lock"

// makeTempDir makes a temporary folder, and removes those of processes that died.
func (e *embedded) makeTempDir() (err error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), tempName+"*", lockName))
	for _, path := range left {
		if lock, err := lockFile(path, os.O_RDWR); err == nil { // nobody has it
			_ = os.RemoveAll(filepath.Dir(path)) // what can't be removed waits for the next start
			lock.Close()
		}
	}
	if e.tempDir, err = os.MkdirTemp("", tempName); err != nil {
		return err
	}
	if e.lock, err = lockFile(filepath.Join(e.tempDir, lockName), os.O_CREATE|os.O_RDWR); err != nil {
		_ = os.RemoveAll(e.tempDir) // the first error says why
	}
	return err
}

// lockFile opens a file and locks it, for as long as this process lives and it is open.
func lockFile(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, flags|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func startEmbedded(cfg Config) (*embedded, error) {
	e := new(embedded)
	dir := cfg.Dir
	if dir == "" {
		if err := e.makeTempDir(); err != nil {
			return nil, fmt.Errorf("start the NATS server in this process: %w", err)
		}
		dir = e.tempDir
	}
	ns, err := server.NewServer(&server.Options{
		ServerName:             "reelastic",
		DontListen:             true,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
		JetStream:              true,
		JetStreamMaxMemory:     cfg.MemoryBytes,
		JetStreamMaxStore:      1, // byte: everything is in memory; 0 would mean most of the disk
		StoreDir:               filepath.Clean(dir),
	})
	if err == nil {
		ns.SetLoggerV2(serverLog{cfg.Log}, false, false, false)
		e.ns = ns
		ns.Start()
		if !ns.ReadyForConnections(startLimit) {
			err = fmt.Errorf("it was not ready after %v", startLimit)
		} else if !ns.JetStreamEnabled() {
			err = errors.New("JetStream did not start; the log says why")
		}
	}
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("start the NATS server in this process: %w", err)
	}
	return e, nil
}

// stop ends the server and waits for it.
func (e *embedded) stop() {
	if e.ns != nil {
		e.ns.Shutdown()
		e.ns.WaitForShutdown()
	}
	if e.tempDir != "" {
		_ = os.RemoveAll(e.tempDir) // the next start tries again
		e.lock.Close()
	}
}

// serverLog passes on what the server warns of, and leaves out its chatter.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(string, ...any) {}
func (l serverLog) Debugf(string, ...any)  {}
func (l serverLog) Tracef(string, ...any)  {}
func (l serverLog) Warnf(format string, v ...any) {
	l.log.Warn("NATS warns", "err", fmt.Sprintf(format, v...))
}
func (l serverLog) Errorf(format string, v ...any) {
	l.log.Error("NATS reports an error", "err", fmt.Sprintf(format, v...))
}

// Fatalf is an error like others: a server must not end its host.
func (l serverLog) Fatalf(format string, v ...any) { l.Errorf(format, v...) }
